--# result accounting
-- Every record of the months that were read, and how many of them are in the report.
SELECT k.records AS records_read, a.records AS kept, k.records - a.records AS filtered_out
FROM (SELECT COUNT(*) AS records FROM kept) k
CROSS JOIN (SELECT COALESCE(SUM(records), 0) AS records FROM cells) a
