package session

import (
	"math"

	"github.com/freshetdb/freshet/pgwire"
)

// setting is one line of the table of settings: what SHOW, SET and pg_settings know of it.
type setting struct {
	// name is as PostgreSQL spells it; it is found in any case.
	name string
	// value is the default.
	value string
	// check makes the value that SHOW gives of what was written, or refuses it; nil refuses every change.
	check func(value string) (string, error)
	// how says what a change does beside being kept.
	how effect
	doc string
}

// effect is what setting a setting does.
type effect uint8

const (
	// keeps: the value is looked at where it matters.
	keeps effect = iota
	// reports: the client is told as well (GUC_REPORT).
	reports
	// none: the setting has no meaning here, which a NOTICE says.
	none
	// transactional: the value is that of the current transaction, and needs one.
	transactional
)

// settings is every setting there is, in the order of SHOW ALL.
var settings = []setting{
	{"application_name", "", asText, reports, "Sets the application name to be reported in statistics and logs."},
	{"array_nulls", "on", only("on"), keeps, "Enable input of NULL elements in arrays."},
	{"background_ddl", "off", asBool, none, "RisingWave: create streaming objects in the background."},
	{"block_size", "8192", nil, keeps, "Shows the size of a disk block."},
	{"bytea_output", "hex", oneOf("escape", "hex"), keeps, "Sets the output format for bytea."},
	{"check_function_bodies", "on", asBool, none, "Check routine bodies during CREATE FUNCTION and CREATE PROCEDURE."},
	{"client_encoding", "UTF8", asEncoding, reports, "Sets the client's character set encoding."},
	{"client_min_messages", "notice", asMessageLevel, keeps, "Sets the message levels that are sent to the client."},
	{"constraint_exclusion", "partition", oneOf("partition", "on", "off"), none, "Enables the planner to use constraints to optimize queries."},
	{"cpu_index_tuple_cost", "0.005", asReal(0, math.MaxFloat64), none, "Sets the planner's estimate of the cost of processing each index entry during an index scan."},
	{"cpu_operator_cost", "0.0025", asReal(0, math.MaxFloat64), none, "Sets the planner's estimate of the cost of processing each operator or function call."},
	{"cpu_tuple_cost", "0.01", asReal(0, math.MaxFloat64), none, "Sets the planner's estimate of the cost of processing each tuple (row)."},
	{"cursor_tuple_fraction", "0.1", asReal(0, 1), none, "Sets the planner's estimate of the fraction of a cursor's rows that will be retrieved."},
	{"DateStyle", "ISO, MDY", asDateStyle, reports, "Sets the display format for date and time values."},
	{"default_statistics_target", "100", asInt(1, 10000), none, "Sets the default statistics target."},
	{"default_table_access_method", "heap", only("heap"), keeps, "Sets the default table access method for new tables."},
	{"default_tablespace", "", only(""), keeps, "Sets the default tablespace to create tables and indexes in."},
	{"default_toast_compression", "pglz", oneOf("pglz", "lz4"), none, "Sets the default compression method for compressible values."},
	{"default_transaction_deferrable", "off", asBool, keeps, "Sets the default deferrable status of new transactions."},
	{"default_transaction_isolation", "serializable", asIsolation, keeps, "Sets the transaction isolation level of each new transaction."},
	{"default_transaction_read_only", "off", asBool, reports, "Sets the default read-only status of new transactions."},
	{"effective_cache_size", "4GB", unitBlocks.within(1, math.MaxInt32), none, "Sets the planner's assumption about the total size of the data caches."},
	{"effective_io_concurrency", "1", asInt(0, 1000), none, "Number of simultaneous requests that can be handled efficiently by the disk subsystem."},
	{"enable_async_append", "on", asBool, none, "Enables the planner's use of async append plans."},
	{"enable_bitmapscan", "on", asBool, none, "Enables the planner's use of bitmap-scan plans."},
	{"enable_gathermerge", "on", asBool, none, "Enables the planner's use of gather merge plans."},
	{"enable_hashagg", "on", asBool, none, "Enables the planner's use of hashed aggregation plans."},
	{"enable_hashjoin", "on", asBool, none, "Enables the planner's use of hash join plans."},
	{"enable_incremental_sort", "on", asBool, none, "Enables the planner's use of incremental sort steps."},
	{"enable_indexonlyscan", "on", asBool, none, "Enables the planner's use of index-only-scan plans."},
	{"enable_indexscan", "on", asBool, none, "Enables the planner's use of index-scan plans."},
	{"enable_material", "on", asBool, none, "Enables the planner's use of materialization."},
	{"enable_memoize", "on", asBool, none, "Enables the planner's use of memoization."},
	{"enable_mergejoin", "on", asBool, none, "Enables the planner's use of merge join plans."},
	{"enable_nestloop", "on", asBool, none, "Enables the planner's use of nested-loop join plans."},
	{"enable_parallel_append", "on", asBool, none, "Enables the planner's use of parallel append plans."},
	{"enable_parallel_hash", "on", asBool, none, "Enables the planner's use of parallel hash plans."},
	{"enable_partition_pruning", "on", asBool, none, "Enables plan-time and execution-time partition pruning."},
	{"enable_partitionwise_aggregate", "off", asBool, none, "Enables partitionwise aggregation and grouping."},
	{"enable_partitionwise_join", "off", asBool, none, "Enables partitionwise join."},
	{"enable_seqscan", "on", asBool, none, "Enables the planner's use of sequential-scan plans."},
	{"enable_sort", "on", asBool, none, "Enables the planner's use of explicit sort steps."},
	{"enable_tidscan", "on", asBool, none, "Enables the planner's use of TID scan plans."},
	{"enable_two_phase_agg", "on", asBool, none, "RisingWave: aggregate in two phases."},
	{"escape_string_warning", "on", asBool, none, "Warn about backslash escapes in ordinary string literals."},
	{"extra_float_digits", "1", asInt(-15, 3), keeps, "Sets the number of digits displayed for floating-point values."},
	{"force_parallel_mode", "off", oneOf("off", "on", "regress"), none, "Forces use of parallel query facilities."},
	{"from_collapse_limit", "8", asInt(1, 1<<31-1), none, "Sets the FROM-list size beyond which subqueries are not collapsed."},
	{"geqo", "on", asBool, none, "Enables genetic query optimization."},
	{"geqo_effort", "5", asInt(1, 10), none, "GEQO: effort is used to set the default for other GEQO parameters."},
	{"geqo_generations", "0", asInt(0, 1<<31-1), none, "GEQO: number of iterations of the algorithm."},
	{"geqo_pool_size", "0", asInt(0, 1<<31-1), none, "GEQO: number of individuals in the population."},
	{"geqo_seed", "0", asReal(0, 1), none, "GEQO: seed for random path selection."},
	{"geqo_selection_bias", "2", asReal(1.5, 2), none, "GEQO: selective pressure within the population."},
	{"geqo_threshold", "12", asInt(2, 1<<31-1), none, "Sets the threshold of FROM items beyond which GEQO is used."},
	{"gin_fuzzy_search_limit", "0", asInt(0, 1<<31-1), none, "Sets the maximum allowed result for exact search by GIN."},
	{"gin_pending_list_limit", "4MB", unitKB.within(64, math.MaxInt32), none, "Sets the maximum size of the pending list for GIN index."},
	{"hash_mem_multiplier", "2", asReal(1, 1000), none, "Multiple of work_mem to use for hash tables."},
	{"idle_in_transaction_session_timeout", "0", unitMillis.within(0, math.MaxInt32), keeps, "Sets the maximum allowed idle time between queries, when in a transaction."},
	{"idle_session_timeout", "0", unitMillis.within(0, math.MaxInt32), keeps, "Sets the maximum allowed idle time between queries, when not in a transaction."},
	{"in_hot_standby", "off", nil, keeps, "Shows whether hot standby is currently active."},
	{"integer_datetimes", "on", nil, keeps, "Shows whether datetimes are integer based."},
	{"IntervalStyle", "postgres", only("postgres"), reports, "Sets the display format for interval values."},
	{"is_superuser", "on", nil, keeps, "Shows whether the current user is a superuser."},
	{"jit", "off", asBool, none, "Allow JIT compilation."},
	{"jit_above_cost", "100000", asReal(-1, math.MaxFloat64), none, "Perform JIT compilation if query is more expensive."},
	{"jit_expressions", "on", asBool, none, "Allow JIT compilation of expressions."},
	{"jit_inline_above_cost", "500000", asReal(-1, math.MaxFloat64), none, "Perform JIT inlining if query is more expensive."},
	{"jit_optimize_above_cost", "500000", asReal(-1, math.MaxFloat64), none, "Optimize JIT-compiled functions if query is more expensive."},
	{"jit_tuple_deforming", "on", asBool, none, "Allow JIT compilation of tuple deforming."},
	{"join_collapse_limit", "8", asInt(1, 1<<31-1), none, "Sets the FROM-list size beyond which JOIN constructs are not flattened."},
	{"lc_collate", "C", nil, keeps, "Shows the collation order locale."},
	{"lc_ctype", "C.UTF-8", nil, keeps, "Shows the character classification and case conversion locale."},
	{"lc_messages", "C", only("C", "en_US.UTF-8", "en_US.utf8", ""), keeps, "Sets the language in which messages are displayed."},
	{"lc_monetary", "C", only("C"), keeps, "Sets the locale for formatting monetary amounts."},
	{"lc_numeric", "C", only("C"), keeps, "Sets the locale for formatting numbers."},
	{"lc_time", "C", only("C"), keeps, "Sets the locale for formatting date and time values."},
	{"lock_timeout", "0", unitMillis.within(0, math.MaxInt32), none, "Sets the maximum allowed duration of any wait for a lock."},
	{"logical_decoding_work_mem", "64MB", unitKB.within(64, math.MaxInt32), none, "Sets the maximum memory to be used for logical decoding."},
	{"maintenance_io_concurrency", "10", asInt(0, 1000), none, "A variant of effective_io_concurrency that is used for maintenance work."},
	{"maintenance_work_mem", "64MB", unitKB.within(1024, math.MaxInt32), none, "Sets the maximum memory to be used for maintenance operations."},
	{"max_connections", "100", nil, keeps, "Sets the maximum number of concurrent connections."},
	{"max_identifier_length", "63", nil, keeps, "Shows the maximum identifier length."},
	{"max_index_keys", "32", nil, keeps, "Shows the maximum number of index keys."},
	{"max_parallel_maintenance_workers", "2", asInt(0, 1024), none, "Sets the maximum number of parallel processes per maintenance operation."},
	{"max_parallel_workers", "8", asInt(0, 1024), none, "Sets the maximum number of parallel workers that can be active at one time."},
	{"max_parallel_workers_per_gather", "2", asInt(0, 1024), none, "Sets the maximum number of parallel processes per executor node."},
	{"min_parallel_index_scan_size", "512kB", unitBlocks.within(0, 715827882), none, "Sets the minimum amount of index data for a parallel scan."},
	{"min_parallel_table_scan_size", "8MB", unitBlocks.within(0, 715827882), none, "Sets the minimum amount of table data for a parallel scan."},
	{"parallel_leader_participation", "on", asBool, none, "Controls whether Gather and Gather Merge also run subplans."},
	{"parallel_setup_cost", "1000", asReal(0, math.MaxFloat64), none, "Sets the planner's estimate of the cost of starting up worker processes for parallel query."},
	{"parallel_tuple_cost", "0.1", asReal(0, math.MaxFloat64), none, "Sets the planner's estimate of the cost of passing each tuple (row) from worker to leader backend."},
	{"plan_cache_mode", "auto", oneOf("auto", "force_generic_plan", "force_custom_plan"), none, "Controls the planner's selection of custom or generic plan."},
	{"query_mode", "auto", asText, none, "RisingWave: where queries are run."},
	{"random_page_cost", "4", asReal(0, math.MaxFloat64), none, "Sets the planner's estimate of the cost of a nonsequentially fetched disk page."},
	{"recursive_worktable_factor", "10", asReal(0.001, 1e+06), none, "Sets the planner's estimate of the average size of a recursive query's working table."},
	{"role", "none", asText, keeps, "Sets the current role."},
	{"row_security", "on", asBool, none, "Enable row security."},
	{"rw_implicit_flush", "off", asBool, none, "RisingWave: every write waits until it can be read. Here it always does."},
	{"search_path", `"$user", public`, asPath, keeps, "Sets the schema search order for names that are not schema-qualified."},
	{"seq_page_cost", "1", asReal(0, math.MaxFloat64), none, "Sets the planner's estimate of the cost of a sequentially fetched disk page."},
	{"server_encoding", "UTF8", nil, keeps, "Shows the server (database) character set encoding."},
	{"server_version", pgwire.DefaultServerVersion, nil, keeps, "Shows the server version."},
	{"server_version_num", "150000", nil, keeps, "Shows the server version as an integer."},
	{"session_authorization", "", asText, reports, "Sets the session user name."},
	{"sql_dialect", "postgres", oneOf("postgres", "flink"), keeps, "Sets whose spelling statements are read in."},
	{"standard_conforming_strings", "on", asBool, reports, "Causes '...' strings to treat backslashes literally."},
	{"statement_timeout", "0", unitMillis.within(0, math.MaxInt32), keeps, "Sets the maximum allowed duration of any statement."},
	{"streaming_parallelism", "default", asText, none, "RisingWave: the parallelism of new streaming jobs."},
	{"synchronize_seqscans", "on", asBool, none, "Enable synchronized sequential scans."},
	{"synchronous_commit", "on", oneOf("on", "local", "remote_write", "remote_apply"), keeps, "Sets the current transaction's synchronization level. Here every commit is on disk when it returns."},
	{"temp_buffers", "8MB", unitBlocks.within(100, 1073741823), none, "Sets the maximum number of temporary buffers used by each session."},
	{"temp_file_limit", "-1", unitKB.within(-1, math.MaxInt32), none, "Limits the total size of all temporary files used by each process."},
	{"TimeZone", "UTC", asZone, reports, "Sets the time zone for displaying and interpreting time stamps."},
	{"transaction_deferrable", "off", asBool, transactional, "Whether to defer a read-only serializable transaction until it can be executed with no possible serialization failures."},
	{"transaction_isolation", "serializable", asIsolation, transactional, "Sets the current transaction's isolation level."},
	{"transaction_read_only", "off", asBool, transactional, "Sets the current transaction's read-only status."},
	{"vacuum_cost_delay", "0", asReal(0, 100), none, "Vacuum cost delay in milliseconds."},
	{"vacuum_freeze_min_age", "50000000", asInt(0, 1000000000), none, "Minimum age at which VACUUM should freeze a table row."},
	{"vacuum_freeze_table_age", "150000000", asInt(0, 2000000000), none, "Age at which VACUUM should scan whole table to freeze tuples."},
	{"visibility_mode", "default", asText, none, "RisingWave: what a reader sees. Here every acknowledged write is seen."},
	{"work_mem", "4MB", unitKB.within(64, math.MaxInt32), none, "Sets the maximum memory to be used for query workspaces."},
	{"xmloption", "content", oneOf("content", "document"), none, "Sets whether XML data is to be considered as documents or content fragments."},
}
