#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  # 64 records of a page each. The counters lie together
  # on a page of their own.
  records = mmap(256K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(records, 256K)
  counters = mmap(4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(counters, 4K)
  worker = fork()
}

# The worker reads each record and counts that.
as worker {
  for n in 0..64 {
    write(counters + n * 8)
    seen[] = read(records + n * 4K + 8)
  }
}
