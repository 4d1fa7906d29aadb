#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }

# Three processes: a database, a cache that has mapped
# more than it uses, and a small one that writes a log.
db = fork(init)
as db {
  tables = mmap(20M)
  touch(tables, 18M)
}
cache = fork(init)
as cache {
  slots = mmap(36M)
  touch(slots, 12M)
}
logger = fork(init)
as logger {
  lines = mmap(16M)
  used = 0
  while oom_victim == NULL {
    touch(lines + used, 128K)
    used = used + 128K
  }
}
mark "killed"
