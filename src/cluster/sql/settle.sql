-- From the records that staged dumps show to those that count. Nothing here depends on the question: filters and periods come later,
-- because a filter that saw older versions would let an old name or an old owner through.

--# view versions
-- Every record that a dump shows. Its parent is the component usage that it belongs to: the uuid at the end of a URI.
SELECT s.*, LOWER(REPLACE(SPLIT_PART(TRIM(TRAILING '/' FROM s.component_usage), '/', -1), '-', '')) AS parent
FROM shown s

--# table summed
-- Most uuids are there once, and need no window.
SELECT uuid, COUNT(*) AS showings, MIN(dump) AS dump, MIN(parent) AS parent, MIN(username) AS username, MIN(usage) AS usage,
  MAX(CASE WHEN is_imprecise THEN 1 ELSE 0 END) AS is_imprecise,
  MAX(CASE WHEN is_single THEN 1 ELSE 0 END) AS is_single,
  MAX(CASE WHEN is_derived THEN 1 ELSE 0 END) AS is_derived,
  MAX(CASE WHEN is_zoneless THEN 1 ELSE 0 END) AS is_zoneless
FROM versions
GROUP BY uuid

--# table valued
-- A float that is printed from the same double as an exact usage has its value. No other double is used, and no sum sees it.
SELECT v.uuid, v.parent, v.username, v.dump, v.place, v.file, v.piece, v.record, v.modified, v.usage,
  v.is_exact, v.is_imprecise, v.is_single, v.is_derived, v.is_zoneless,
  CASE WHEN v.is_exact THEN v.usage ELSE COALESCE(
    MIN(CASE WHEN v.is_exact THEN v.usage END) OVER (PARTITION BY v.uuid, v.modified, CAST(CAST(v.usage AS STRING) AS DOUBLE)),
    v.usage) END AS value
FROM versions v
JOIN summed s ON s.uuid = v.uuid
WHERE s.showings > 1

--# view aged
-- nth counts the records of one version: exact digits first, then in the order in which the dumps were named.
SELECT v.*,
  MAX(modified) OVER (PARTITION BY uuid) AS newest,
  MIN(value) OVER (PARTITION BY uuid, modified) AS least,
  MAX(value) OVER (PARTITION BY uuid, modified) AS greatest,
  ROW_NUMBER() OVER (PARTITION BY uuid, modified, value
    ORDER BY CASE WHEN is_exact THEN 0 ELSE 1 END, place, file, piece, record) AS nth
FROM valued v

--# table by_version
-- The newest version of each uuid counts. Two different newest versions contradict each other: none of them counts.
SELECT uuid, parent, username, usage, is_imprecise, is_single, is_derived, is_zoneless, 'kept' AS fate
FROM summed
WHERE showings = 1
UNION ALL
SELECT uuid, parent, username, usage,
  CASE WHEN is_imprecise THEN 1 ELSE 0 END,
  CASE WHEN is_single THEN 1 ELSE 0 END,
  CASE WHEN is_derived THEN 1 ELSE 0 END,
  CASE WHEN is_zoneless THEN 1 ELSE 0 END,
  CASE
    WHEN modified = newest AND least <> greatest THEN 'conflicting_version'
    WHEN nth > 1 THEN 'exact_repeat'
    WHEN modified < newest THEN 'older_version'
    ELSE 'kept' END
FROM aged

--# view rivals
-- A user is there once under a parent. These uuids share a parent and a username.
SELECT b.uuid, b.parent, b.username
FROM by_version b
JOIN (
  SELECT parent, username FROM by_version WHERE fate = 'kept' GROUP BY parent, username HAVING COUNT(*) > 1
) twice ON twice.parent = b.parent AND twice.username = b.username
WHERE b.fate = 'kept'

--# table lost
-- Rivals in one dump contradict each other, and none counts. In different dumps, the record was made again, and that of the later dump counts.
WITH seen AS (
  SELECT DISTINCT r.parent, r.username, r.uuid, v.dump FROM rivals r JOIN versions v ON v.uuid = r.uuid
),
together AS (
  SELECT DISTINCT parent, username FROM (
    SELECT parent, username, dump FROM seen GROUP BY parent, username, dump HAVING COUNT(*) > 1
  ) in_one_dump
),
ranked AS (
  SELECT parent, username, uuid, ROW_NUMBER() OVER (PARTITION BY parent, username ORDER BY MAX(dump) DESC) AS nth
  FROM seen
  GROUP BY parent, username, uuid
)
SELECT r.uuid, CASE WHEN t.parent IS NULL THEN 'older_version' ELSE 'duplicate_key' END AS fate
FROM ranked r
LEFT JOIN together t ON t.parent = r.parent AND t.username = r.username
WHERE r.nth > 1 OR t.parent IS NOT NULL

--# table fates
-- What became of every record.
SELECT b.parent, b.username, b.usage, b.is_imprecise, b.is_single, b.is_derived, b.is_zoneless,
  CASE WHEN b.fate = 'kept' AND l.uuid IS NOT NULL THEN l.fate ELSE b.fate END AS fate
FROM by_version b
LEFT JOIN lost l ON l.uuid = b.uuid

--# table parents
-- Owner, component, unit and time of each parent: as the latest dump shows them, and of what one dump shows the greatest.
WITH showings AS (
  SELECT parent, date, billing_period, customer_uuid, project_uuid, offering_uuid, resource_uuid, component_type, measured_unit,
    MAX(dump) AS dump
  FROM versions
  GROUP BY parent, date, billing_period, customer_uuid, project_uuid, offering_uuid, resource_uuid, component_type, measured_unit
),
ranked AS (
  SELECT s.*,
    ROW_NUMBER() OVER (PARTITION BY parent ORDER BY dump DESC, date DESC NULLS LAST, billing_period DESC, customer_uuid DESC,
      project_uuid DESC, offering_uuid DESC, resource_uuid DESC, component_type DESC, measured_unit DESC) AS nth
  FROM showings s
),
changes AS (
  SELECT parent,
    CASE WHEN MIN(customer_uuid) <> MAX(customer_uuid) OR MIN(project_uuid) <> MAX(project_uuid)
      OR MIN(offering_uuid) <> MAX(offering_uuid) OR MIN(resource_uuid) <> MAX(resource_uuid) THEN 1 ELSE 0 END AS owner_rewritten,
    CASE WHEN MIN(measured_unit) <> MAX(measured_unit) THEN 1 ELSE 0 END AS unit_rewritten,
    CASE WHEN MIN(component_type) <> MAX(component_type) OR MIN(billing_period) <> MAX(billing_period) THEN 1 ELSE 0 END
      AS parent_rewritten
  FROM showings
  GROUP BY parent
)
SELECT r.parent, r.date, r.billing_period, r.customer_uuid, r.project_uuid, r.offering_uuid, r.resource_uuid, r.component_type,
  r.measured_unit, c.owner_rewritten, c.unit_rewritten, c.parent_rewritten
FROM ranked r
JOIN changes c ON c.parent = r.parent
WHERE r.nth = 1

--# table names
-- The name of each uuid, as the latest dump shows it, and of two names in one dump the greater.
WITH showings AS (
  SELECT 'customer' AS kind, customer_uuid AS uuid, customer_name AS name, MAX(dump) AS dump
  FROM versions GROUP BY customer_uuid, customer_name
  UNION ALL
  SELECT 'project', project_uuid, project_name, MAX(dump) FROM versions GROUP BY project_uuid, project_name
  UNION ALL
  SELECT 'offering', offering_uuid, offering_name, MAX(dump) FROM versions GROUP BY offering_uuid, offering_name
  UNION ALL
  SELECT 'resource', resource_uuid, resource_name, MAX(dump) FROM versions GROUP BY resource_uuid, resource_name
),
ranked AS (
  SELECT s.*, COUNT(*) OVER (PARTITION BY kind, uuid) AS names,
    ROW_NUMBER() OVER (PARTITION BY kind, uuid ORDER BY dump DESC, name DESC) AS nth
  FROM showings s
)
SELECT kind, uuid, name, names FROM ranked WHERE nth = 1

--# view kept
-- The records that count, with what their parents say of them.
SELECT f.username, f.usage, f.is_imprecise, f.is_derived, f.is_zoneless,
  p.date, p.billing_period, p.customer_uuid, p.project_uuid, p.offering_uuid, p.resource_uuid, p.component_type, p.measured_unit
FROM fates f
JOIN parents p ON p.parent = f.parent
WHERE f.fate = 'kept'
