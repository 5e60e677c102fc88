"""Makes records of many customers, as the endpoint writes them (invented, the same every time), for statements.

usage: make.py CUSTOMERS FILE.ndjson.gz

Six months up to October 2026; each customer has three projects with a resource each, four components on it and two users:
144 records a customer, 24 of them in the last month.
"""

import gzip
import hashlib
import sys

MONTHS = [f"2026-{month:02}" for month in range(5, 11)]
COMPONENTS = [("cpu_hours", "core-hours"), ("gpu_hours", "GPU-hours"), ("storage", "GB"), ("ram", "GB")]
PROJECTS = 3
USERS = 2
OFFERINGS = 20


def uuid(*parts):
    return hashlib.md5("/".join(map(str, parts)).encode()).hexdigest()


def records(customer):
    for project in range(PROJECTS):
        offering = (customer + project) % OFFERINGS
        for month in MONTHS:
            for component, unit in COMPONENTS:
                parent = uuid("parent", customer, project, month, component)
                for user in range(USERS):
                    chance = int(uuid("usage", parent, user)[:8], 16)
                    yield (
                        f'{{"uuid":"{uuid("record", parent, user)}","user":null,"username":"user{customer * 7 + user:05}",'
                        f'"component_usage":"https://portal.example.org/api/marketplace-component-usages/{parent}/",'
                        f'"usage":"{chance % 1_000_000 / 100:.2f}","measured_unit":"{unit}","description":"",'
                        f'"created":"{month}-02T08:00:00.000000Z","modified":"{month}-28T08:00:00.000000Z","backend_id":"",'
                        f'"resource_name":"alloc-{customer}-{project}","resource_uuid":"{uuid("resource", customer, project)}",'
                        f'"offering_name":"Offering {offering}","offering_uuid":"{uuid("offering", offering)}",'
                        f'"project_name":"Project {project} – Größe","project_uuid":"{uuid("project", customer, project)}",'
                        f'"customer_name":"Customer {customer} & Söhne","customer_uuid":"{uuid("customer", customer)}",'
                        f'"component_type":"{component}","date":"{month}-28T08:00:00Z","billing_period":"{month}-01"}}\n'
                    )


def main():
    customers, path = int(sys.argv[1]), sys.argv[2]
    with gzip.GzipFile(path, "wb", compresslevel=1, mtime=0) as out:
        for customer in range(customers):
            out.write("".join(records(customer)).encode())


if __name__ == "__main__":
    main()
