#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }

# The database is what this machine is for.
db = fork(init)
as db {
  tables = mmap(20M)
  touch(tables, 18M)
}

# The report could be made again tomorrow.
report = fork(init)
as report {
  pages = mmap(12M)
  touch(pages, 12M)
}

# The shop gets more and more customers.
shop = fork(init)
as shop { carts = mmap(16M) }
used = 0
while oom_victim == NULL {
  as shop { touch(carts + used, 128K) }
  used = used + 128K
}
mark "killed"
