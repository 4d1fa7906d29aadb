#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
a = fork(init)
b = fork(init)

# Neither is the other's child. What they share is a name.
as a {
  here = shm_open("/frame", 32K)
  buf = mmap(32K, PROT_READ|PROT_WRITE, MAP_SHARED, here)
  frame = write(buf)
}
as b {
  there = shm_open("/frame")
  view = mmap(32K, PROT_READ|PROT_WRITE, MAP_SHARED, there)
  expect write(view) == frame
}
mark "one name, one frame"

# The page is the file's: it stays when both have ended.
exit(a)
exit(b)
expect vmstat("nr_shmem") == 1
mark "nobody maps it"
shm_unlink("/frame")
expect vmstat("nr_shmem") == 0
