package fn

// oidTable has the OIDs of functions and operators: PostgreSQL's where it has them. TestOracle writes it.
const oidTable = `
1919 + float4
1920 + float8
1917 + int2
1918 + int4
1916 + int8
1921 + numeric
584 - float4
585 - float8
559 - int2
558 - int4
484 - int8
1336 - interval
1751 - numeric
590 @ float4
595 @ float8
682 @ int2
773 @ int4
473 @ int8
1763 @ numeric
8507 _pg_expandarray(anyarray)
1394 abs(float4)
1395 abs(float8)
1398 abs(int2)
1397 abs(int4)
1396 abs(int8)
1705 abs(numeric)
8500 aclexplode(anyarray)
1601 acos(float8)
2732 acosd(float8)
2466 acosh(float8)
2059 age(timestamp)
2058 age(timestamp, timestamp)
1386 age(timestamptz)
1199 age(timestamptz, timestamptz)
2750 anyarray && anyarray
1072 anyarray < anyarray
1074 anyarray <= anyarray
1071 anyarray <> anyarray
2752 anyarray <@ anyarray
1070 anyarray = anyarray
1073 anyarray > anyarray
1075 anyarray >= anyarray
2751 anyarray @> anyarray
374 anycompatible || anycompatiblearray
349 anycompatiblearray || anycompatible
375 anycompatiblearray || anycompatiblearray
3518 anyenum < anyenum
3520 anyenum <= anyenum
3517 anyenum <> anyenum
3516 anyenum = anyenum
3519 anyenum > anyenum
3521 anyenum >= anyenum
2780 anynonarray || text
378 array_append(anycompatiblearray, anycompatible)
383 array_cat(anycompatiblearray, anycompatiblearray)
747 array_dims(anyarray)
1193 array_fill(anyelement, _int4)
1286 array_fill(anyelement, _int4, _int4)
2176 array_length(anyarray, int4)
2091 array_lower(anyarray, int4)
748 array_ndims(anyarray)
3277 array_position(anycompatiblearray, anycompatible)
3278 array_position(anycompatiblearray, anycompatible, int4)
3279 array_positions(anycompatiblearray, anycompatible)
379 array_prepend(anycompatible, anycompatiblearray)
3167 array_remove(anycompatiblearray, anycompatible)
3168 array_replace(anycompatiblearray, anycompatible, anycompatible)
3153 array_to_json(anyarray)
395 array_to_string(anyarray, text)
384 array_to_string(anyarray, text, text)
2092 array_upper(anyarray, int4)
1620 ascii(text)
1600 asin(float8)
2731 asind(float8)
2465 asinh(float8)
1602 atan(float8)
1603 atan2(float8, float8)
2734 atan2d(float8, float8)
2733 atand(float8)
2467 atanh(float8)
1810 bit_length(bytea)
1811 bit_length(text)
58 bool < bool
1694 bool <= bool
85 bool <> bool
91 bool = bool
59 bool > bool
1695 bool >= bool
1056 bpchar !~ text
1235 bpchar !~* text
1212 bpchar !~~ text
1630 bpchar !~~* text
1058 bpchar < bpchar
1059 bpchar <= bpchar
1057 bpchar <> bpchar
1054 bpchar = bpchar
1060 bpchar > bpchar
1061 bpchar >= bpchar
1055 bpchar ~ text
1234 bpchar ~* text
1211 bpchar ~~ text
1629 bpchar ~~* text
2015 btrim(bytea, bytea)
885 btrim(text)
884 btrim(text, text)
2017 bytea !~~ bytea
1957 bytea < bytea
1958 bytea <= bytea
1956 bytea <> bytea
1955 bytea = bytea
1959 bytea > bytea
1960 bytea >= bytea
2018 bytea || bytea
2016 bytea ~~ bytea
3179 cardinality(anyarray)
1345 cbrt(float8)
2308 ceil(float8)
1711 ceil(numeric)
2320 ceiling(float8)
2167 ceiling(numeric)
631 char < char
632 char <= char
630 char <> char
92 char = char
633 char > char
634 char >= char
1372 char_length(bpchar)
1381 char_length(text)
1367 character_length(bpchar)
1369 character_length(text)
1621 chr(int4)
2649 clock_timestamp()
1216 col_description(oid, int4)
3058 concat(any)
3059 concat_ws(text, any)
1714 convert_from(bytea, name)
1717 convert_to(text, name)
1605 cos(float8)
2736 cosd(float8)
2463 cosh(float8)
1607 cot(float8)
2738 cotd(float8)
8501 current_catalog()
861 current_database()
8502 current_role()
1402 current_schema()
1403 current_schemas(bool)
2077 current_setting(text)
3294 current_setting(text, bool)
745 current_user()
1575 currval(regclass)
1100 date + int4
1076 date + interval
1360 date + time
1361 date + timetz
1099 date - date
1101 date - int4
1077 date - interval
1095 date < date
2345 date < timestamp
2358 date < timestamptz
1096 date <= date
2346 date <= timestamp
2359 date <= timestamptz
1094 date <> date
2350 date <> timestamp
2363 date <> timestamptz
1093 date = date
2347 date = timestamp
2360 date = timestamptz
1097 date > date
2349 date > timestamp
2362 date > timestamptz
1098 date >= date
2348 date >= timestamp
2361 date >= timestamptz
6177 date_bin(interval, timestamp, timestamp)
6178 date_bin(interval, timestamptz, timestamptz)
1384 date_part(text, date)
1172 date_part(text, interval)
1385 date_part(text, time)
2021 date_part(text, timestamp)
1171 date_part(text, timestamptz)
1273 date_part(text, timetz)
1218 date_trunc(text, interval)
2020 date_trunc(text, timestamp)
1217 date_trunc(text, timestamptz)
1284 date_trunc(text, timestamptz, text)
1947 decode(text, text)
1608 degrees(float8)
1973 div(numeric, numeric)
230 dsqrt(float8)
1946 encode(bytea, text)
3528 enum_first(anyenum)
3529 enum_last(anyenum)
3531 enum_range(anyenum)
3530 enum_range(anyenum, anyenum)
1347 exp(float8)
1732 exp(numeric)
6199 extract(text, date)
6204 extract(text, interval)
6200 extract(text, time)
6202 extract(text, timestamp)
6203 extract(text, timestamptz)
6201 extract(text, timetz)
1376 factorial(int8)
589 float4 * float4
1119 float4 * float8
586 float4 + float4
1116 float4 + float8
587 float4 - float4
1117 float4 - float8
588 float4 / float4
1118 float4 / float8
622 float4 < float4
1122 float4 < float8
624 float4 <= float4
1124 float4 <= float8
621 float4 <> float4
1121 float4 <> float8
620 float4 = float4
1120 float4 = float8
623 float4 > float4
1123 float4 > float8
625 float4 >= float4
1125 float4 >= float8
1129 float8 * float4
594 float8 * float8
1584 float8 * interval
1126 float8 + float4
591 float8 + float8
1127 float8 - float4
592 float8 - float8
1128 float8 / float4
593 float8 / float8
1132 float8 < float4
672 float8 < float8
1134 float8 <= float4
673 float8 <= float8
1131 float8 <> float4
671 float8 <> float8
1130 float8 = float4
670 float8 = float8
1133 float8 > float4
674 float8 > float8
1135 float8 >= float4
675 float8 >= float8
965 float8 ^ float8
2309 floor(float8)
1712 floor(numeric)
3540 format(text)
3539 format(text, any)
1081 format_type(oid, int4)
5044 gcd(int4, int4)
5045 gcd(int8, int8)
5048 gcd(numeric, numeric)
3432 gen_random_uuid()
1067 generate_series(int4, int4)
1066 generate_series(int4, int4, int4)
1069 generate_series(int8, int8)
1068 generate_series(int8, int8, int8)
3260 generate_series(numeric, numeric)
3259 generate_series(numeric, numeric, numeric)
938 generate_series(timestamp, timestamp, interval)
939 generate_series(timestamptz, timestamptz, interval)
1192 generate_subscripts(anyarray, int4)
1191 generate_subscripts(anyarray, int4, bool)
721 get_byte(bytea, int4)
1039 getdatabaseencoding()
8503 greatest(anycompatiblearray)
3025 has_any_column_privilege(name, oid, text)
3024 has_any_column_privilege(name, text, text)
3027 has_any_column_privilege(oid, oid, text)
3029 has_any_column_privilege(oid, text)
3026 has_any_column_privilege(oid, text, text)
3028 has_any_column_privilege(text, text)
3015 has_column_privilege(name, oid, int2, text)
3014 has_column_privilege(name, oid, text, text)
3013 has_column_privilege(name, text, int2, text)
3012 has_column_privilege(name, text, text, text)
3023 has_column_privilege(oid, int2, text)
3019 has_column_privilege(oid, oid, int2, text)
3018 has_column_privilege(oid, oid, text, text)
3017 has_column_privilege(oid, text, int2, text)
3022 has_column_privilege(oid, text, text)
3016 has_column_privilege(oid, text, text, text)
3021 has_column_privilege(text, int2, text)
3020 has_column_privilege(text, text, text)
2251 has_database_privilege(name, oid, text)
2250 has_database_privilege(name, text, text)
2253 has_database_privilege(oid, oid, text)
2255 has_database_privilege(oid, text)
2252 has_database_privilege(oid, text, text)
2254 has_database_privilege(text, text)
2257 has_function_privilege(name, oid, text)
2256 has_function_privilege(name, text, text)
2259 has_function_privilege(oid, oid, text)
2261 has_function_privilege(oid, text)
2258 has_function_privilege(oid, text, text)
2260 has_function_privilege(text, text)
2263 has_language_privilege(name, oid, text)
2262 has_language_privilege(name, text, text)
2265 has_language_privilege(oid, oid, text)
2267 has_language_privilege(oid, text)
2264 has_language_privilege(oid, text, text)
2266 has_language_privilege(text, text)
2269 has_schema_privilege(name, oid, text)
2268 has_schema_privilege(name, text, text)
2271 has_schema_privilege(oid, oid, text)
2273 has_schema_privilege(oid, text)
2270 has_schema_privilege(oid, text, text)
2272 has_schema_privilege(text, text)
2182 has_sequence_privilege(name, oid, text)
2181 has_sequence_privilege(name, text, text)
2184 has_sequence_privilege(oid, oid, text)
2186 has_sequence_privilege(oid, text)
2183 has_sequence_privilege(oid, text, text)
2185 has_sequence_privilege(text, text)
1923 has_table_privilege(name, oid, text)
1922 has_table_privilege(name, text, text)
1925 has_table_privilege(oid, oid, text)
1927 has_table_privilege(oid, text)
1924 has_table_privilege(oid, text, text)
1926 has_table_privilege(text, text)
2391 has_tablespace_privilege(name, oid, text)
2390 has_tablespace_privilege(name, text, text)
2393 has_tablespace_privilege(oid, oid, text)
2395 has_tablespace_privilege(oid, text)
2392 has_tablespace_privilege(oid, text, text)
2394 has_tablespace_privilege(text, text)
3139 has_type_privilege(name, oid, text)
3138 has_type_privilege(name, text, text)
3141 has_type_privilege(oid, oid, text)
3143 has_type_privilege(oid, text)
3140 has_type_privilege(oid, text, text)
3142 has_type_privilege(text, text)
2196 inet_client_addr()
2197 inet_client_port()
2198 inet_server_addr()
2199 inet_server_port()
872 initcap(text)
1876 int2 # int2
529 int2 % int2
1874 int2 & int2
526 int2 * int2
544 int2 * int4
824 int2 * int8
550 int2 + int2
552 int2 + int4
822 int2 + int8
554 int2 - int2
556 int2 - int4
823 int2 - int8
527 int2 / int2
546 int2 / int4
825 int2 / int8
95 int2 < int2
534 int2 < int4
1864 int2 < int8
1878 int2 << int4
522 int2 <= int2
540 int2 <= int4
1866 int2 <= int8
519 int2 <> int2
538 int2 <> int4
1863 int2 <> int8
94 int2 = int2
532 int2 = int4
1862 int2 = int8
520 int2 > int2
536 int2 > int4
1865 int2 > int8
524 int2 >= int2
542 int2 >= int4
1867 int2 >= int8
1879 int2 >> int4
1875 int2 | int2
1882 int4 # int4
530 int4 % int4
1880 int4 & int4
545 int4 * int2
514 int4 * int4
694 int4 * int8
2555 int4 + date
553 int4 + int2
551 int4 + int4
692 int4 + int8
557 int4 - int2
555 int4 - int4
693 int4 - int8
547 int4 / int2
528 int4 / int4
695 int4 / int8
535 int4 < int2
97 int4 < int4
37 int4 < int8
1884 int4 << int4
541 int4 <= int2
523 int4 <= int4
80 int4 <= int8
539 int4 <> int2
518 int4 <> int4
36 int4 <> int8
533 int4 = int2
96 int4 = int4
15 int4 = int8
537 int4 > int2
521 int4 > int4
76 int4 > int8
543 int4 >= int2
525 int4 >= int4
82 int4 >= int8
1885 int4 >> int4
1881 int4 | int4
1888 int8 # int8
439 int8 % int8
1886 int8 & int8
820 int8 * int2
690 int8 * int4
686 int8 * int8
818 int8 + int2
688 int8 + int4
684 int8 + int8
819 int8 - int2
689 int8 - int4
685 int8 - int8
821 int8 / int2
691 int8 / int4
687 int8 / int8
1870 int8 < int2
418 int8 < int4
412 int8 < int8
1890 int8 << int4
1872 int8 <= int2
420 int8 <= int4
414 int8 <= int8
1869 int8 <> int2
417 int8 <> int4
411 int8 <> int8
1868 int8 = int2
416 int8 = int4
410 int8 = int8
1871 int8 > int2
419 int8 > int4
413 int8 > int8
1873 int8 >= int2
430 int8 >= int4
415 int8 >= int8
1891 int8 >> int4
1887 int8 | int8
1583 interval * float8
2551 interval + date
1337 interval + interval
1849 interval + time
2553 interval + timestamp
2554 interval + timestamptz
2552 interval + timetz
1338 interval - interval
1585 interval / float8
1332 interval < interval
1333 interval <= interval
1331 interval <> interval
1330 interval = interval
1334 interval > interval
1335 interval >= interval
1373 isfinite(date)
1390 isfinite(interval)
2048 isfinite(timestamp)
1389 isfinite(timestamptz)
3966 json #> _text
3967 json #>> _text
3964 json -> int4
3962 json -> text
3965 json ->> int4
3963 json ->> text
3955 json_array_elements(json)
3969 json_array_elements_text(json)
3956 json_array_length(json)
3199 json_build_array()
3198 json_build_array(any)
3201 json_build_object()
3200 json_build_object(any)
3958 json_each(json)
3959 json_each_text(json)
3951 json_extract_path(json, _text)
3953 json_extract_path_text(json, _text)
3202 json_object(_text)
3203 json_object(_text, _text)
3957 json_object_keys(json)
3261 json_strip_nulls(json)
3968 json_typeof(json)
3287 jsonb #- _text
3213 jsonb #> _text
3206 jsonb #>> _text
3398 jsonb - _text
3286 jsonb - int4
3285 jsonb - text
3212 jsonb -> int4
3211 jsonb -> text
3481 jsonb ->> int4
3477 jsonb ->> text
3242 jsonb < jsonb
3244 jsonb <= jsonb
3241 jsonb <> jsonb
3250 jsonb <@ jsonb
3240 jsonb = jsonb
3243 jsonb > jsonb
3245 jsonb >= jsonb
3247 jsonb ? text
3249 jsonb ?& _text
3248 jsonb ?| _text
3246 jsonb @> jsonb
3284 jsonb || jsonb
3219 jsonb_array_elements(jsonb)
3465 jsonb_array_elements_text(jsonb)
3207 jsonb_array_length(jsonb)
3272 jsonb_build_array()
3271 jsonb_build_array(any)
3274 jsonb_build_object()
3273 jsonb_build_object(any)
3208 jsonb_each(jsonb)
3932 jsonb_each_text(jsonb)
3217 jsonb_extract_path(jsonb, _text)
3940 jsonb_extract_path_text(jsonb, _text)
3579 jsonb_insert(jsonb, _text, jsonb, bool)
3263 jsonb_object(_text)
3264 jsonb_object(_text, _text)
3931 jsonb_object_keys(jsonb)
3306 jsonb_pretty(jsonb)
3305 jsonb_set(jsonb, _text, jsonb, bool)
3262 jsonb_strip_nulls(jsonb)
3210 jsonb_typeof(jsonb)
1295 justify_days(interval)
1175 justify_hours(interval)
2711 justify_interval(interval)
2559 lastval()
5046 lcm(int4, int4)
5047 lcm(int8, int8)
5049 lcm(numeric, numeric)
8504 least(anycompatiblearray)
3060 left(text, int4)
1318 length(bpchar)
2010 length(bytea)
1317 length(text)
1569 like(text, text)
1637 like_escape(text, text)
1341 ln(float8)
1734 ln(numeric)
1340 log(float8)
1741 log(numeric)
1736 log(numeric, numeric)
1194 log10(float8)
1481 log10(numeric)
870 lower(text)
879 lpad(text, int4)
873 lpad(text, int4, text)
6195 ltrim(bytea, bytea)
881 ltrim(text)
875 ltrim(text, text)
3846 make_date(int4, int4, int4)
3464 make_interval(int4, int4, int4, int4, int4, int4, float8)
3847 make_time(int4, int4, float8)
3461 make_timestamp(int4, int4, int4, int4, int4, float8)
3462 make_timestamptz(int4, int4, int4, int4, int4, float8)
3463 make_timestamptz(int4, int4, int4, int4, int4, float8, text)
2321 md5(bytea)
2311 md5(text)
5042 min_scale(numeric)
940 mod(int2, int2)
941 mod(int4, int4)
947 mod(int8, int8)
1728 mod(numeric, numeric)
640 name !~ text
1227 name !~* text
1208 name !~~ text
1626 name !~~* text
660 name < name
255 name < text
661 name <= name
256 name <= text
643 name <> name
259 name <> text
93 name = name
254 name = text
662 name > name
258 name > text
663 name >= name
257 name >= text
639 name ~ text
1226 name ~* text
1207 name ~~ text
1625 name ~~* text
1574 nextval(regclass)
1570 notlike(text, text)
1299 now()
440 num_nonnulls(any)
438 num_nulls(any)
1762 numeric % numeric
1760 numeric * numeric
1758 numeric + numeric
1759 numeric - numeric
1761 numeric / numeric
1754 numeric < numeric
1755 numeric <= numeric
1753 numeric <> numeric
1752 numeric = numeric
1756 numeric > numeric
1757 numeric >= numeric
1038 numeric ^ numeric
1348 obj_description(oid)
1215 obj_description(oid, name)
1375 octet_length(bpchar)
720 octet_length(bytea)
1374 octet_length(text)
609 oid < oid
611 oid <= oid
608 oid <> oid
607 oid = oid
610 oid > oid
612 oid >= oid
645 oidvector < oidvector
647 oidvector <= oidvector
644 oidvector <> oidvector
649 oidvector = oidvector
646 oidvector > oidvector
648 oidvector >= oidvector
1309 overlaps(time, interval, time, interval)
1311 overlaps(time, interval, time, time)
1310 overlaps(time, time, time, interval)
1308 overlaps(time, time, time, time)
2042 overlaps(timestamp, interval, timestamp, interval)
2044 overlaps(timestamp, interval, timestamp, timestamp)
2043 overlaps(timestamp, timestamp, timestamp, interval)
2041 overlaps(timestamp, timestamp, timestamp, timestamp)
1305 overlaps(timestamptz, interval, timestamptz, interval)
1307 overlaps(timestamptz, interval, timestamptz, timestamptz)
1306 overlaps(timestamptz, timestamptz, timestamptz, interval)
1304 overlaps(timestamptz, timestamptz, timestamptz, timestamptz)
752 overlay(bytea, bytea, int4)
749 overlay(bytea, bytea, int4, int4)
1405 overlay(text, text, int4)
1404 overlay(text, text, int4, int4)
2886 pg_advisory_lock(int4, int4)
2880 pg_advisory_lock(int8)
2887 pg_advisory_lock_shared(int4, int4)
2881 pg_advisory_lock_shared(int8)
2890 pg_advisory_unlock(int4, int4)
2884 pg_advisory_unlock(int8)
2892 pg_advisory_unlock_all()
2891 pg_advisory_unlock_shared(int4, int4)
2885 pg_advisory_unlock_shared(int8)
3093 pg_advisory_xact_lock(int4, int4)
3089 pg_advisory_xact_lock(int8)
3094 pg_advisory_xact_lock_shared(int4, int4)
3090 pg_advisory_xact_lock_shared(int8)
2026 pg_backend_pid()
2561 pg_blocking_pids(int4)
2171 pg_cancel_backend(int4)
1264 pg_char_to_encoding(name)
810 pg_client_encoding()
3815 pg_collation_is_visible(oid)
1269 pg_column_size(any)
2034 pg_conf_load_time()
2093 pg_conversion_is_visible(oid)
2168 pg_database_size(name)
2324 pg_database_size(oid)
3537 pg_describe_object(oid, oid, int4)
1597 pg_encoding_to_char(int4)
2081 pg_function_is_visible(oid)
1387 pg_get_constraintdef(oid)
2508 pg_get_constraintdef(oid, bool)
8505 pg_get_expr(text, oid)
8506 pg_get_expr(text, oid, bool)
2162 pg_get_function_arguments(oid)
2232 pg_get_function_identity_arguments(oid)
2165 pg_get_function_result(oid)
6197 pg_get_function_sqlbody(oid)
2098 pg_get_functiondef(oid)
1643 pg_get_indexdef(oid)
2507 pg_get_indexdef(oid, int4, bool)
1686 pg_get_keywords()
3408 pg_get_partition_constraintdef(oid)
3352 pg_get_partkeydef(oid)
1573 pg_get_ruledef(oid)
2504 pg_get_ruledef(oid, bool)
1665 pg_get_serial_sequence(text, text)
3415 pg_get_statisticsobjdef(oid)
6174 pg_get_statisticsobjdef_columns(oid)
1662 pg_get_triggerdef(oid)
2730 pg_get_triggerdef(oid, bool)
1642 pg_get_userbyid(oid)
1641 pg_get_viewdef(oid)
2506 pg_get_viewdef(oid, bool)
3159 pg_get_viewdef(oid, int4)
1640 pg_get_viewdef(text)
2505 pg_get_viewdef(text, bool)
2705 pg_has_role(name, name, text)
2706 pg_has_role(name, oid, text)
2709 pg_has_role(name, text)
2707 pg_has_role(oid, name, text)
2708 pg_has_role(oid, oid, text)
2710 pg_has_role(oid, text)
2998 pg_indexes_size(regclass)
3810 pg_is_in_recovery()
2855 pg_is_other_temp_schema(oid)
315 pg_jit_available()
2854 pg_my_temp_schema()
2083 pg_opclass_is_visible(oid)
2082 pg_operator_is_visible(oid)
3829 pg_opfamily_is_visible(oid)
2289 pg_options_to_table(_text)
3425 pg_partition_ancestors(regclass)
3423 pg_partition_tree(regclass)
2560 pg_postmaster_start_time()
6121 pg_relation_is_publishable(regclass)
2325 pg_relation_size(regclass)
2332 pg_relation_size(regclass, text)
3334 pg_size_bytes(text)
2288 pg_size_pretty(int8)
3166 pg_size_pretty(numeric)
2626 pg_sleep(float8)
3935 pg_sleep_for(interval)
3403 pg_statistics_obj_is_visible(oid)
2079 pg_table_is_visible(oid)
2997 pg_table_size(regclass)
3778 pg_tablespace_location(oid)
2323 pg_tablespace_size(name)
2322 pg_tablespace_size(oid)
2096 pg_terminate_backend(int4, int8)
2286 pg_total_relation_size(regclass)
3163 pg_trigger_depth()
2888 pg_try_advisory_lock(int4, int4)
2882 pg_try_advisory_lock(int8)
2889 pg_try_advisory_lock_shared(int4, int4)
2883 pg_try_advisory_lock_shared(int8)
3095 pg_try_advisory_xact_lock(int4, int4)
3091 pg_try_advisory_xact_lock(int8)
3096 pg_try_advisory_xact_lock_shared(int4, int4)
3092 pg_try_advisory_xact_lock_shared(int8)
3758 pg_ts_config_is_visible(oid)
3757 pg_ts_dict_is_visible(oid)
3756 pg_ts_parser_is_visible(oid)
3768 pg_ts_template_is_visible(oid)
2080 pg_type_is_visible(oid)
1619 pg_typeof(any)
1610 pi()
2014 position(bytea, bytea)
849 position(text, text)
1346 pow(float8, float8)
1738 pow(numeric, numeric)
1368 power(float8, float8)
2169 power(numeric, numeric)
8540 proctime()
1282 quote_ident(text)
1285 quote_literal(anyelement)
1283 quote_literal(text)
1290 quote_nullable(anyelement)
1289 quote_nullable(text)
1609 radians(float8)
1598 random()
2990 record < record
2992 record <= record
2989 record <> record
2988 record = record
2991 record > record
2993 record >= record
6254 regexp_count(text, text)
6255 regexp_count(text, text, int4)
6256 regexp_count(text, text, int4, text)
8542 regexp_extract(text, text)
8543 regexp_extract(text, text, int4)
6257 regexp_instr(text, text)
6258 regexp_instr(text, text, int4)
6259 regexp_instr(text, text, int4, int4)
6260 regexp_instr(text, text, int4, int4, int4)
6261 regexp_instr(text, text, int4, int4, int4, text)
6262 regexp_instr(text, text, int4, int4, int4, text, int4)
6263 regexp_like(text, text)
6264 regexp_like(text, text, text)
3396 regexp_match(text, text)
3397 regexp_match(text, text, text)
2763 regexp_matches(text, text)
2764 regexp_matches(text, text, text)
2284 regexp_replace(text, text, text)
6253 regexp_replace(text, text, text, int4)
6252 regexp_replace(text, text, text, int4, int4)
6251 regexp_replace(text, text, text, int4, int4, text)
2285 regexp_replace(text, text, text, text)
2767 regexp_split_to_array(text, text)
2768 regexp_split_to_array(text, text, text)
2765 regexp_split_to_table(text, text)
2766 regexp_split_to_table(text, text, text)
6265 regexp_substr(text, text)
6266 regexp_substr(text, text, int4)
6267 regexp_substr(text, text, int4, int4)
6268 regexp_substr(text, text, int4, int4, text)
6269 regexp_substr(text, text, int4, int4, text, int4)
1622 repeat(text, int4)
2087 replace(text, text, text)
3062 reverse(text)
3061 right(text, int4)
1342 round(float8)
1708 round(numeric)
1707 round(numeric, int4)
3298 row_security_active(oid)
3155 row_to_json(record)
880 rpad(text, int4)
874 rpad(text, int4, text)
6196 rtrim(bytea, bytea)
882 rtrim(text)
876 rtrim(text, text)
3281 scale(numeric)
746 session_user()
722 set_byte(bytea, int4, int4)
2078 set_config(text, text, bool)
1576 setval(regclass, int8)
1765 setval(regclass, int8, bool)
3419 sha224(bytea)
3420 sha256(bytea)
3421 sha384(bytea)
3422 sha512(bytea)
1993 shobj_description(oid, name)
2310 sign(float8)
1706 sign(numeric)
1987 similar_to_escape(text)
1986 similar_to_escape(text, text)
1604 sin(float8)
2735 sind(float8)
2462 sinh(float8)
8541 split_index(text, text, int4)
2088 split_part(text, text, int4)
1344 sqrt(float8)
1730 sqrt(numeric)
3696 starts_with(text, text)
2648 statement_timestamp()
394 string_to_array(text, text)
376 string_to_array(text, text, text)
6160 string_to_table(text, text)
6161 string_to_table(text, text, text)
868 strpos(text, text)
2086 substr(bytea, int4)
2085 substr(bytea, int4, int4)
883 substr(text, int4)
877 substr(text, int4, int4)
2013 substring(bytea, int4)
2012 substring(bytea, int4, int4)
937 substring(text, int4)
936 substring(text, int4, int4)
2073 substring(text, text)
2074 substring(text, text, text)
1606 tan(float8)
2737 tand(float8)
2464 tanh(float8)
642 text !~ text
1229 text !~* text
1210 text !~~ text
1628 text !~~* text
261 text < name
664 text < text
262 text <= name
665 text <= text
265 text <> name
531 text <> text
260 text = name
98 text = text
264 text > name
666 text > text
263 text >= name
667 text >= text
3877 text ^@ text
2779 text || anynonarray
654 text || text
641 text ~ text
1228 text ~* text
1209 text ~~ text
1627 text ~~* text
1258 textcat(text, text)
1363 time + date
1800 time + interval
1801 time - interval
1399 time - time
1110 time < time
1111 time <= time
1109 time <> time
1108 time = time
1112 time > time
1113 time >= time
2066 timestamp + interval
2068 timestamp - interval
2067 timestamp - timestamp
2371 timestamp < date
2062 timestamp < timestamp
2534 timestamp < timestamptz
2372 timestamp <= date
2063 timestamp <= timestamp
2535 timestamp <= timestamptz
2376 timestamp <> date
2061 timestamp <> timestamp
2539 timestamp <> timestamptz
2373 timestamp = date
2060 timestamp = timestamp
2536 timestamp = timestamptz
2375 timestamp > date
2064 timestamp > timestamp
2538 timestamp > timestamptz
2374 timestamp >= date
2065 timestamp >= timestamp
2537 timestamp >= timestamptz
1327 timestamptz + interval
1329 timestamptz - interval
1328 timestamptz - timestamptz
2384 timestamptz < date
2540 timestamptz < timestamp
1322 timestamptz < timestamptz
2385 timestamptz <= date
2541 timestamptz <= timestamp
1323 timestamptz <= timestamptz
2389 timestamptz <> date
2545 timestamptz <> timestamp
1321 timestamptz <> timestamptz
2386 timestamptz = date
2542 timestamptz = timestamp
1320 timestamptz = timestamptz
2388 timestamptz > date
2544 timestamptz > timestamp
1324 timestamptz > timestamptz
2387 timestamptz >= date
2543 timestamptz >= timestamp
1325 timestamptz >= timestamptz
1366 timetz + date
1802 timetz + interval
1803 timetz - interval
1552 timetz < timetz
1553 timetz <= timetz
1551 timetz <> timetz
1550 timetz = timetz
1554 timetz > timetz
1555 timetz >= timetz
2070 timezone(interval, timestamp)
1026 timezone(interval, timestamptz)
2038 timezone(interval, timetz)
2069 timezone(text, timestamp)
1159 timezone(text, timestamptz)
2037 timezone(text, timetz)
1775 to_char(float4, text)
1776 to_char(float8, text)
1773 to_char(int4, text)
1774 to_char(int8, text)
1768 to_char(interval, text)
1772 to_char(numeric, text)
2049 to_char(timestamp, text)
1770 to_char(timestamptz, text)
1780 to_date(text, text)
2089 to_hex(int4)
2090 to_hex(int8)
3176 to_json(anyelement)
3787 to_jsonb(anyelement)
1777 to_number(text, text)
3495 to_regclass(text)
4195 to_regcollation(text)
4086 to_regnamespace(text)
3492 to_regoper(text)
3476 to_regoperator(text)
3494 to_regproc(text)
3479 to_regprocedure(text)
4093 to_regrole(text)
3493 to_regtype(text)
1158 to_timestamp(float8)
1778 to_timestamp(text, text)
2647 transaction_timestamp()
878 translate(text, text, text)
6172 trim_array(anyarray, int4)
5043 trim_scale(numeric)
1343 trunc(float8)
1710 trunc(numeric)
1709 trunc(numeric, int4)
3713 ts_token_type(oid)
2943 txid_current()
2331 unnest(anyarray)
871 upper(text)
2974 uuid < uuid
2976 uuid <= uuid
2973 uuid <> uuid
2972 uuid = uuid
2975 uuid > uuid
2977 uuid >= uuid
89 version()
3218 width_bucket(anycompatible, anycompatiblearray)
320 width_bucket(float8, float8, float8, int4)
2170 width_bucket(numeric, numeric, numeric, int4)
596 |/ float8
597 ||/ float8
1877 ~ int2
1883 ~ int4
1889 ~ int8
`
