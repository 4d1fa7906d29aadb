#!mm 1
machine x86_64 { ram = 256M; cpus = 1; kernel = "6.12" }
server = fork(init)
as server {
  data = mmap(16M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(data, 16M)
}
mark "one server"

# Four workers, each with all of its pages
before = vmstat("nr_free_pages")
repeat 4 { workers[] = fork(server) }
expect rss(workers[3]) == rss(server)
expect before - vmstat("nr_free_pages") < 256
mark "five times 16 MiB"
