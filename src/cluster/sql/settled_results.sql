--# result accounting
-- Every record that was staged, and what became of it. records_read is the sum of the next five columns.
SELECT d.records AS records_read, a.records AS kept, f.kept - a.records AS filtered_out, f.older_versions, f.exact_repeats,
  f.conflicting_versions + f.duplicate_keys + d.rejected AS rejected, f.conflicting_versions, f.duplicate_keys,
  d.rejected AS rejected_when_staged, d.unreadable_files
FROM (
  SELECT COALESCE(SUM(CASE WHEN fate = 'kept' THEN 1 ELSE 0 END), 0) AS kept,
    COALESCE(SUM(CASE WHEN fate = 'older_version' THEN 1 ELSE 0 END), 0) AS older_versions,
    COALESCE(SUM(CASE WHEN fate = 'exact_repeat' THEN 1 ELSE 0 END), 0) AS exact_repeats,
    COALESCE(SUM(CASE WHEN fate = 'conflicting_version' THEN 1 ELSE 0 END), 0) AS conflicting_versions,
    COALESCE(SUM(CASE WHEN fate = 'duplicate_key' THEN 1 ELSE 0 END), 0) AS duplicate_keys
  FROM fates
) f
CROSS JOIN (
  SELECT SUM(records) AS records, SUM(rejected) AS rejected, SUM(unreadable_files) AS unreadable_files FROM dumps
) d
CROSS JOIN (SELECT COALESCE(SUM(records), 0) AS records FROM cells) a

--# result notices
-- What a report says of the months asked for, whatever its filters: how often, by the code of the warning or note.
WITH in_period AS (SELECT * FROM kept WHERE {months}),
bearers AS (
  SELECT DISTINCT 'customer' AS kind, customer_uuid AS uuid FROM in_period
  UNION ALL SELECT DISTINCT 'project', project_uuid FROM in_period
  UNION ALL SELECT DISTINCT 'offering', offering_uuid FROM in_period
  UNION ALL SELECT DISTINCT 'resource', resource_uuid FROM in_period
)
SELECT 'owner_rewritten' AS code, COUNT(*) AS notices FROM parents WHERE owner_rewritten = 1 AND {months}
UNION ALL SELECT 'unit_rewritten', COUNT(*) FROM parents WHERE unit_rewritten = 1 AND {months}
UNION ALL SELECT 'parent_rewritten', COUNT(*) FROM parents WHERE parent_rewritten = 1 AND {months}
UNION ALL SELECT 'renamed', COUNT(*) FROM names WHERE names > 1
UNION ALL SELECT 'imprecise_usage', COUNT(*) FROM in_period WHERE is_imprecise = 1
UNION ALL SELECT 'derived_period', COUNT(*) FROM in_period WHERE is_derived = 1
UNION ALL SELECT 'zoneless_time', COUNT(*) FROM in_period WHERE is_zoneless = 1
UNION ALL SELECT 'shared_name', COUNT(*) FROM (
  SELECT b.kind, n.name FROM bearers b JOIN names n ON n.kind = b.kind AND n.uuid = b.uuid
  GROUP BY b.kind, n.name HAVING COUNT(*) > 1
) shared_names
UNION ALL SELECT 'shared_username', COUNT(*) FROM (
  SELECT username FROM in_period GROUP BY username HAVING MIN(customer_uuid) <> MAX(customer_uuid)
) shared_usernames
ORDER BY code

--# result dumps
-- Each dump, the later ones last. Fewer uuids than records is a sign of pages that overlap, and so of lost records.
SELECT d.dump, d.label, d.index_time, d.records, d.rejected, COALESCE(s.uuids, 0) AS uuids, d.records_of_server
FROM dumps d
LEFT JOIN (
  SELECT dump, COUNT(*) AS uuids FROM (SELECT dump, uuid FROM versions GROUP BY dump, uuid) different GROUP BY dump
) s ON s.dump = d.dump
ORDER BY d.dump
