-- What a report needs of the months of a book: sums for each component usage, and facts about all records. Whether a usage is whole
-- is asked of its text, because not every engine has exact remainders of decimals.

--# result counted_months
SELECT CAST(YEAR(billing_period) * 12 + MONTH(billing_period) AS BIGINT) AS month, CAST(COUNT(*) AS BIGINT) AS records
FROM kept
GROUP BY YEAR(billing_period) * 12 + MONTH(billing_period)

--# result all_names
SELECT kind, uuid, name, CAST(1 AS BIGINT) AS names FROM names

--# result component_types
SELECT DISTINCT component_type FROM kept

--# result large_usages
-- Those of more than 15 digits, of which some may be digits of a float.
SELECT CAST(usage AS DECIMAL(38,2)) AS usage, CAST(COUNT(*) AS BIGINT) AS records
FROM kept
WHERE (usage >= 10000000000000 OR usage <= -10000000000000) AND {asked}
GROUP BY usage

--# result shared_usernames
SELECT CAST(COUNT(*) AS BIGINT) AS usernames
FROM (
  SELECT username FROM kept WHERE {asked} GROUP BY username HAVING MIN(customer_uuid) <> MAX(customer_uuid)
) several

--# result sums
-- The records, added up for each component usage of a month and, where they have to be told apart, for each user. All records of a
-- component usage have the same owner, component, unit and date in one month.
SELECT parent, CAST(month AS BIGINT) AS month, CAST(MIN(date) AS BIGINT) AS date,
  MIN(customer_uuid) AS customer_uuid, MIN(project_uuid) AS project_uuid, MIN(offering_uuid) AS offering_uuid,
  MIN(resource_uuid) AS resource_uuid, MIN(component_type) AS component_type, MIN(measured_unit) AS measured_unit,
  person, CAST(passes AS BIGINT) AS passes, CAST(SUM(usage) AS DECIMAL(38,2)) AS usage, CAST(COUNT(*) AS BIGINT) AS records,
  CAST(SUM(CASE WHEN usage < 0 THEN 1 ELSE 0 END) AS BIGINT) AS negative,
  CAST(SUM(CASE WHEN usage = 0 THEN 1 ELSE 0 END) AS BIGINT) AS zero,
  CAST(SUM(CASE WHEN CAST(usage AS STRING) NOT LIKE '%.00' THEN 1 ELSE 0 END) AS BIGINT) AS fractional,
  CAST(0 AS BIGINT) AS imprecise, CAST(0 AS BIGINT) AS single, CAST(0 AS BIGINT) AS zoneless, CAST(0 AS BIGINT) AS derived
FROM (
  SELECT parent, YEAR(billing_period) * 12 + MONTH(billing_period) AS month, date, customer_uuid, project_uuid, offering_uuid,
    resource_uuid, component_type, measured_unit, {person} AS person, {passes} AS passes, usage
  FROM kept
) records
GROUP BY parent, month, person, passes
