package pgcatalog

import "strings"

// Relations of objects that Freshet does not have, by what these are. They have PostgreSQL's columns and no rows.
var emptyRelations = map[string]string{
	"extensions and files of a PostgreSQL installation": `pg_available_extension_versions pg_available_extensions pg_config pg_extension
		pg_file_settings pg_hba_file_rules pg_ident_file_mappings pg_shmem_allocations pg_backend_memory_contexts`,
	"large objects":                `pg_largeobject pg_largeobject_metadata`,
	"inheritance and partitions":   `pg_inherits pg_partitioned_table`,
	"prepared transactions":        `pg_prepared_xacts`,
	"policies, rules and triggers": `pg_event_trigger pg_policies pg_policy pg_rules pg_trigger`,
	"publications, subscriptions and replication of PostgreSQL's kind": `pg_publication pg_publication_namespace pg_publication_rel
		pg_publication_tables pg_replication_origin pg_replication_origin_status pg_replication_slots pg_stat_replication
		pg_stat_replication_slots pg_stat_subscription pg_stat_subscription_stats pg_stat_wal_receiver pg_subscription
		pg_subscription_rel`,
	"privileges that are granted one by one": `pg_db_role_setting pg_default_acl pg_init_privs pg_parameter_acl pg_seclabel pg_seclabels
		pg_shseclabel pg_shdepend`,
	"statistics for a planner and for vacuum": `pg_statistic pg_statistic_ext pg_statistic_ext_data pg_stats pg_stats_ext pg_stats_ext_exprs`,
	"what PostgreSQL's processes do": `pg_stat_archiver pg_stat_bgwriter pg_stat_database_conflicts pg_stat_gssapi
		pg_stat_progress_analyze pg_stat_progress_basebackup pg_stat_progress_cluster pg_stat_progress_copy
		pg_stat_progress_create_index pg_stat_progress_vacuum pg_stat_recovery_prefetch pg_stat_slru pg_stat_ssl pg_stat_sys_indexes
		pg_stat_user_functions pg_stat_wal pg_stat_xact_all_tables pg_stat_xact_sys_tables pg_stat_xact_user_functions
		pg_stat_xact_user_tables pg_statio_all_sequences pg_statio_sys_indexes pg_statio_sys_sequences pg_statio_user_sequences`,
	"text search and encodings":             `pg_conversion pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template`,
	"transforms and user mappings":          `pg_transform pg_user_mapping pg_user_mappings`,
	"abbreviations of time zones as a file": `pg_timezone_abbrevs`,
}

// emptyInformation is the same for information_schema.
const emptyInformation = `_pg_foreign_data_wrappers _pg_foreign_servers _pg_foreign_table_columns _pg_foreign_tables _pg_user_mappings
	administrable_role_authorizations applicable_roles attributes check_constraint_routine_usage
	collation_character_set_applicability column_column_usage column_domain_usage column_options data_type_privileges
	domain_constraints domain_udt_usage domains foreign_data_wrapper_options foreign_data_wrappers foreign_server_options
	foreign_servers foreign_table_options referential_constraints role_routine_grants role_udt_grants role_usage_grants
	routine_column_usage routine_privileges routine_routine_usage routine_sequence_usage routine_table_usage sql_features
	sql_implementation_info sql_parts sql_sizing transforms triggered_update_columns triggers udt_privileges usage_privileges
	user_defined_types user_mapping_options user_mappings view_column_usage view_routine_usage`

// isEmpty tells whether a relation is meant to be empty.
func isEmpty(r *relation) bool {
	if r.schema == "information_schema" {
		return hasWord(emptyInformation, r.name)
	}
	for _, names := range emptyRelations {
		if r.schema == "pg_catalog" && hasWord(names, r.name) {
			return true
		}
	}
	return false
}

func hasWord(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}
