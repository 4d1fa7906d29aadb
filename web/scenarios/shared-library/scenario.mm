#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
libc = open(64)
touch(libc)
cached = vmstat("nr_inactive_file") + vmstat("nr_active_file")

# Four programs map the library and run code of it.
repeat 4 { p[] = fork(init) }
for who in p {
  as who {
    code = mmap(256K, PROT_READ|PROT_EXEC, MAP_PRIVATE, libc)
    frames[] = fetch(code)
  }
}

# All of them run in the same frame, and the page cache
# has not grown.
expect frames[1] == frames[0] && frames[3] == frames[0]
expect mapcount(frames[0]) == 4
expect vmstat("nr_inactive_file") + vmstat("nr_active_file") == cached
mark "one copy for all"
