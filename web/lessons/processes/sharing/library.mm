#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
libc = open(64)
touch(libc)
frames = vmstat("nr_inactive_file") + vmstat("nr_active_file")
expect frames == 64
repeat 4 { p[] = fork(init) }
alone = rss(p[0])
mark "asked"

# Four processes map the library and run all of it.
for who in p {
  as who {
    code = mmap(256K, PROT_READ|PROT_EXEC, MAP_PRIVATE, libc)
    for n in 0..64 { fetch(code + n * 4K) }
  }
}
expect vmstat("nr_inactive_file") + vmstat("nr_active_file") == frames
