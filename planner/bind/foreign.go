package bind

import "strings"

// foreign are functions that PostgreSQL has and Freshet has not, with what to do instead.
var foreign = func() map[string]string {
	hints := map[string]string{}
	for _, f := range foreignFamilies {
		for _, name := range strings.Fields(f.names) {
			hints[name] = f.hint
		}
	}
	return hints
}()

const jsonPathHint = "JSON paths are not supported. Take the parts of a value with -> and #>."

var foreignFamilies = []struct{ hint, names string }{
	{"Keep the bytes in a column of type bytea.", `
		lo_close lo_creat lo_create lo_export lo_from_bytea lo_get lo_import lo_lseek lo_lseek64 lo_open lo_put lo_tell lo_tell64 lo_truncate lo_truncate64
		lo_unlink loread lowrite
	`},
	{"Use the statements LISTEN and NOTIFY.", `
		pg_listening_channels pg_notification_queue_usage pg_notify
	`},
	{"Text search is not supported. Compare with LIKE or a regular expression.", `
		array_to_tsvector get_current_ts_config json_to_tsvector jsonb_to_tsvector numnode phraseto_tsquery plainto_tsquery querytree setweight strip
		to_tsquery to_tsvector ts_debug ts_delete ts_filter ts_headline ts_lexize ts_parse ts_rank ts_rank_cd ts_rewrite ts_stat tsquery_phrase
		websearch_to_tsquery
	`},
	{"The type xml is not supported. Keep such texts in a column of type text.", `
		cursor_to_xml cursor_to_xmlschema database_to_xml database_to_xml_and_xmlschema database_to_xmlschema query_to_xml query_to_xml_and_xmlschema
		query_to_xmlschema schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema table_to_xml table_to_xml_and_xmlschema table_to_xmlschema xml
		xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlagg xmlcomment xmlexists xmlvalidate xpath xpath_exists
	`},
	{jsonPathHint, `
		jsonb_path_exists jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array jsonb_path_query_array_tz
		jsonb_path_query_first jsonb_path_query_first_tz jsonb_path_query_tz
	`},
	{"Range types are not supported. Keep both bounds in columns of their own.", `
		datemultirange daterange int4multirange int4range int8multirange int8range isempty lower_inc lower_inf multirange nummultirange numrange range_agg
		range_intersect_agg range_merge tsmultirange tsrange tstzmultirange tstzrange upper_inc upper_inf
	`},
	{"Geometric types are not supported. Keep the coordinates in columns of type double precision.", `
		area bound_box center diagonal diameter height isclosed ishorizontal isopen isparallel isperp isvertical line lseg npoints pclose point popen radius
		slope width
	`},
	{"Types of network addresses are not supported. Keep them in a column of type text.", `
		abbrev broadcast family host hostmask inet_merge inet_same_family macaddr8_set7bit masklen netmask network set_masklen
	`},
	{"Bit strings are not supported. Keep the bits in an integer or in a bytea.", `
		bit bit_count get_bit set_bit varbit
	`},
	{"Transactions have no numbers: Freshet counts epochs, which the relations of the schema sys tell.", `
		mxid_age pg_current_snapshot pg_current_xact_id pg_current_xact_id_if_assigned pg_export_snapshot pg_last_committed_xact pg_last_xact_replay_timestamp
		pg_snapshot_xip pg_snapshot_xmax pg_snapshot_xmin pg_visible_in_snapshot pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status
		txid_current_if_assigned txid_current_snapshot txid_snapshot_xip txid_snapshot_xmax txid_snapshot_xmin txid_status txid_visible_in_snapshot
	`},
	{"What there is to know of a running server the relations of the schema sys tell, and the address of --http.", `
		pg_config pg_control_checkpoint pg_control_init pg_control_recovery pg_control_system pg_current_logfile pg_get_backend_memory_contexts
		pg_get_shmem_allocations pg_log_backend_memory_contexts pg_stat_clear_snapshot pg_stat_file pg_stat_force_next_flush pg_stat_get_activity
		pg_stat_get_analyze_count pg_stat_get_archiver pg_stat_get_autoanalyze_count pg_stat_get_autovacuum_count pg_stat_get_backend_activity
		pg_stat_get_backend_activity_start pg_stat_get_backend_client_addr pg_stat_get_backend_client_port pg_stat_get_backend_dbid pg_stat_get_backend_idset
		pg_stat_get_backend_pid pg_stat_get_backend_start pg_stat_get_backend_userid pg_stat_get_backend_wait_event pg_stat_get_backend_wait_event_type
		pg_stat_get_backend_xact_start pg_stat_get_bgwriter_buf_written_checkpoints pg_stat_get_bgwriter_buf_written_clean
		pg_stat_get_bgwriter_maxwritten_clean pg_stat_get_bgwriter_requested_checkpoints pg_stat_get_bgwriter_stat_reset_time
		pg_stat_get_bgwriter_timed_checkpoints pg_stat_get_blocks_fetched pg_stat_get_blocks_hit pg_stat_get_buf_alloc pg_stat_get_buf_fsync_backend
		pg_stat_get_buf_written_backend pg_stat_get_checkpoint_sync_time pg_stat_get_checkpoint_write_time pg_stat_get_db_active_time
		pg_stat_get_db_blk_read_time pg_stat_get_db_blk_write_time pg_stat_get_db_blocks_fetched pg_stat_get_db_blocks_hit pg_stat_get_db_checksum_failures
		pg_stat_get_db_checksum_last_failure pg_stat_get_db_conflict_all pg_stat_get_db_conflict_bufferpin pg_stat_get_db_conflict_lock
		pg_stat_get_db_conflict_snapshot pg_stat_get_db_conflict_startup_deadlock pg_stat_get_db_conflict_tablespace pg_stat_get_db_deadlocks
		pg_stat_get_db_idle_in_transaction_time pg_stat_get_db_numbackends pg_stat_get_db_session_time pg_stat_get_db_sessions
		pg_stat_get_db_sessions_abandoned pg_stat_get_db_sessions_fatal pg_stat_get_db_sessions_killed pg_stat_get_db_stat_reset_time
		pg_stat_get_db_temp_bytes pg_stat_get_db_temp_files pg_stat_get_db_tuples_deleted pg_stat_get_db_tuples_fetched pg_stat_get_db_tuples_inserted
		pg_stat_get_db_tuples_returned pg_stat_get_db_tuples_updated pg_stat_get_db_xact_commit pg_stat_get_db_xact_rollback pg_stat_get_dead_tuples
		pg_stat_get_function_calls pg_stat_get_function_self_time pg_stat_get_function_total_time pg_stat_get_ins_since_vacuum pg_stat_get_last_analyze_time
		pg_stat_get_last_autoanalyze_time pg_stat_get_last_autovacuum_time pg_stat_get_last_vacuum_time pg_stat_get_live_tuples pg_stat_get_mod_since_analyze
		pg_stat_get_numscans pg_stat_get_progress_info pg_stat_get_recovery_prefetch pg_stat_get_replication_slot pg_stat_get_slru
		pg_stat_get_snapshot_timestamp pg_stat_get_subscription pg_stat_get_subscription_stats pg_stat_get_tuples_deleted pg_stat_get_tuples_fetched
		pg_stat_get_tuples_hot_updated pg_stat_get_tuples_inserted pg_stat_get_tuples_returned pg_stat_get_tuples_updated pg_stat_get_vacuum_count
		pg_stat_get_wal pg_stat_get_wal_receiver pg_stat_get_wal_senders pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit
		pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans
		pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted
		pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated pg_stat_have_stats pg_stat_reset pg_stat_reset_replication_slot pg_stat_reset_shared
		pg_stat_reset_single_function_counters pg_stat_reset_single_table_counters pg_stat_reset_slru pg_stat_reset_subscription_stats
	`},
	{"Freshet keeps no files, logs or replicas as PostgreSQL does.", `
		pg_backup_start pg_backup_stop pg_copy_logical_replication_slot pg_copy_physical_replication_slot pg_create_logical_replication_slot
		pg_create_physical_replication_slot pg_create_restore_point pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn
		pg_drop_replication_slot pg_filenode_relation pg_get_replication_slots pg_get_wal_replay_pause_state pg_get_wal_resource_managers pg_hba_file_rules
		pg_ident_file_mappings pg_is_wal_replay_paused pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_logical_slot_get_binary_changes
		pg_logical_slot_get_changes pg_logical_slot_peek_binary_changes pg_logical_slot_peek_changes pg_ls_archive_statusdir pg_ls_dir pg_ls_logdir
		pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_tmpdir pg_ls_waldir pg_promote pg_read_binary_file pg_read_file pg_read_file_old
		pg_relation_filenode pg_relation_filepath pg_reload_conf pg_replication_origin_advance pg_replication_origin_create pg_replication_origin_drop
		pg_replication_origin_oid pg_replication_origin_progress pg_replication_origin_session_is_setup pg_replication_origin_session_progress
		pg_replication_origin_session_reset pg_replication_origin_session_setup pg_replication_origin_xact_reset pg_replication_origin_xact_setup
		pg_replication_slot_advance pg_rotate_logfile pg_rotate_logfile_old pg_show_all_file_settings pg_show_replication_origin_status pg_switch_wal
		pg_tablespace_databases pg_wal_lsn_diff pg_wal_replay_pause pg_wal_replay_resume pg_walfile_name pg_walfile_name_offset
	`},
	{"docs/sql/functions.md has the functions that there are.", `
		current_query has_foreign_data_wrapper_privilege has_parameter_privilege has_server_privilege is_normalized jsonb_set_lax normalize numeric_div_trunc
		parse_ident pg_available_extension_versions pg_available_extensions pg_collation_actual_version pg_collation_for pg_column_compression
		pg_column_is_updatable pg_database_collation_actual_version pg_encoding_max_length pg_extension_config_dump pg_extension_update_paths
		pg_get_catalog_foreign_keys pg_get_function_arg_default pg_get_multixact_members pg_get_object_address pg_get_publication_tables
		pg_get_replica_identity_index pg_get_statisticsobjdef_expressions pg_identify_object pg_identify_object_as_address pg_import_system_collations
		pg_index_column_has_property pg_index_has_property pg_indexam_has_property pg_indexam_progress_phasename pg_isolation_test_session_is_blocked
		pg_logical_emit_message pg_mcv_list_items pg_partition_root pg_relation_is_updatable pg_safe_snapshot_blocking_pids pg_sequence_last_value
		pg_sequence_parameters pg_settings_get_flags pg_sleep_until pg_timezone_abbrevs pg_timezone_names setseed timeofday to_ascii unistr
	`},
}
