-- The months of a book are settled already: each record is there once, as it counts.

--# view kept
SELECT LOWER(REPLACE(SPLIT_PART(TRIM(TRAILING '/' FROM component_usage), '/', -1), '-', '')) AS parent,
  username, usage, date, billing_period, customer_uuid, project_uuid, offering_uuid, resource_uuid, component_type, measured_unit
FROM shown

--# table names
-- The name of each uuid, from the month whose names are of the latest delivery, and of equally late ones, from the earlier month.
WITH showings AS (
  SELECT 'customer' AS kind, customer_uuid AS uuid, customer_name AS name, place FROM shown
  GROUP BY customer_uuid, customer_name, place
  UNION ALL
  SELECT 'project', project_uuid, project_name, place FROM shown GROUP BY project_uuid, project_name, place
  UNION ALL
  SELECT 'offering', offering_uuid, offering_name, place FROM shown GROUP BY offering_uuid, offering_name, place
  UNION ALL
  SELECT 'resource', resource_uuid, resource_name, place FROM shown GROUP BY resource_uuid, resource_name, place
),
ranked AS (
  SELECT s.*, ROW_NUMBER() OVER (PARTITION BY s.kind, s.uuid ORDER BY COALESCE(b.delivery, m.delivery) DESC, s.place) AS nth
  FROM showings s
  JOIN months m ON m.place = s.place
  LEFT JOIN named_before b ON b.place = s.place AND b.uuid = s.uuid
)
SELECT kind, uuid, name FROM ranked WHERE nth = 1
