-- What a report needs of records that an engine settled: sums for each component usage, and facts about all of them. Whether a usage is
-- whole is asked of its text, because not every engine has exact remainders of decimals.

--# result counted_fates
-- What became of the records, by month.
SELECT f.fate, CAST(YEAR(p.billing_period) * 12 + MONTH(p.billing_period) AS BIGINT) AS month, CAST(COUNT(*) AS BIGINT) AS records
FROM fates f
JOIN parents p ON p.parent = f.parent
GROUP BY f.fate, YEAR(p.billing_period) * 12 + MONTH(p.billing_period)

--# result tallies
-- Different records of each dump, and records that came twice in it. Most uuids are there once, and in one dump.
SELECT CAST(t.dump AS BIGINT) AS dump, CAST(t.records AS BIGINT) AS records,
  CAST(COALESCE(o.uuids, 0) + COALESCE(r.uuids, 0) AS BIGINT) AS uuids, CAST(COALESCE(r.repeats, 0) AS BIGINT) AS repeats
FROM (SELECT dump, COUNT(*) AS records FROM versions GROUP BY dump) t
LEFT JOIN (SELECT dump, COUNT(*) AS uuids FROM summed WHERE showings = 1 GROUP BY dump) o ON o.dump = t.dump
LEFT JOIN (
  SELECT dump, COUNT(*) AS uuids, SUM(repeats) AS repeats
  FROM (
    SELECT dump, uuid, SUM(CASE WHEN records > 1 THEN records - 1 ELSE 0 END) AS repeats
    FROM (
      SELECT dump, uuid, SUM(CASE WHEN {pages} THEN 1 ELSE 0 END) AS records
      FROM valued
      GROUP BY dump, uuid, modified, value
    ) showings
    GROUP BY dump, uuid
  ) records_of_dumps
  GROUP BY dump
) r ON r.dump = t.dump

--# result pages
-- What the records of each file begin and end with: copies of a page agree in it.
SELECT CAST(dump AS BIGINT) AS dump, CAST(file AS BIGINT) AS file, CAST(COUNT(*) AS BIGINT) AS records,
  MIN(uuid) AS first_uuid, MAX(uuid) AS last_uuid, CAST(MIN(modified) AS BIGINT) AS first_modified,
  CAST(MAX(modified) AS BIGINT) AS last_modified, CAST(MIN(usage) AS DECIMAL(38,2)) AS least, CAST(MAX(usage) AS DECIMAL(38,2)) AS greatest
FROM versions
GROUP BY dump, file

--# result page_records
-- The records of files that may be copies.
SELECT CAST(dump AS BIGINT) AS dump, CAST(file AS BIGINT) AS file, uuid, CAST(modified AS BIGINT) AS modified,
  CAST(usage AS DECIMAL(38,2)) AS usage
FROM versions
WHERE {pages}

--# result all_names
SELECT kind, uuid, name, CAST(names AS BIGINT) AS names FROM names

--# result component_types
SELECT DISTINCT component_type FROM versions

--# result rewritten
-- Component usages whose history was rewritten.
SELECT parent, CAST(YEAR(billing_period) * 12 + MONTH(billing_period) AS BIGINT) AS month, customer_uuid, project_uuid, resource_uuid,
  component_type, measured_unit, CAST(owner_rewritten AS BIGINT) AS owner_rewritten, CAST(unit_rewritten AS BIGINT) AS unit_rewritten,
  CAST(parent_rewritten AS BIGINT) AS parent_rewritten
FROM parents
WHERE owner_rewritten = 1 OR unit_rewritten = 1 OR parent_rewritten = 1

--# result shared_usernames
SELECT CAST(COUNT(*) AS BIGINT) AS usernames
FROM (
  SELECT username FROM kept WHERE {asked} GROUP BY username HAVING MIN(customer_uuid) <> MAX(customer_uuid)
) several

--# result sums
-- The records that count, added up for each component usage and, where they have to be told apart, for each user.
SELECT p.parent, CAST(YEAR(p.billing_period) * 12 + MONTH(p.billing_period) AS BIGINT) AS month, CAST(p.date AS BIGINT) AS date,
  p.customer_uuid, p.project_uuid, p.offering_uuid, p.resource_uuid, p.component_type, p.measured_unit,
  s.person, CAST(s.passes AS BIGINT) AS passes, CAST(s.usage AS DECIMAL(38,2)) AS usage, CAST(s.records AS BIGINT) AS records,
  CAST(s.negative AS BIGINT) AS negative, CAST(s.zero AS BIGINT) AS zero, CAST(s.fractional AS BIGINT) AS fractional,
  CAST(s.imprecise AS BIGINT) AS imprecise, CAST(s.single AS BIGINT) AS single, CAST(s.zoneless AS BIGINT) AS zoneless,
  CAST(s.derived AS BIGINT) AS derived
FROM (
  SELECT parent, person, passes, SUM(usage) AS usage, COUNT(*) AS records,
    SUM(CASE WHEN usage < 0 THEN 1 ELSE 0 END) AS negative, SUM(CASE WHEN usage = 0 THEN 1 ELSE 0 END) AS zero,
    SUM(CASE WHEN CAST(usage AS STRING) NOT LIKE '%.00' THEN 1 ELSE 0 END) AS fractional, SUM(is_imprecise) AS imprecise, SUM(is_single) AS single,
    SUM(is_zoneless) AS zoneless, SUM(is_derived) AS derived
  FROM (
    SELECT parent, {person} AS person, {passes} AS passes, usage, is_imprecise, is_single, is_zoneless, is_derived
    FROM fates
    WHERE fate = 'kept'
  ) records
  GROUP BY parent, person, passes
) s
JOIN parents p ON p.parent = s.parent
WHERE {wanted}
