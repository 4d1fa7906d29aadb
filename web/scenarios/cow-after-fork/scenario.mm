#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  buf = mmap(32K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(buf, 32K)
  frame = write(buf)
  free_before = vmstat("nr_free_pages")

  # Eight pages, two processes, still eight frames: the
  # entries of both are made read-only.
  child = fork()
}
expect mapcount(frame) == 2
expect follow_page(buf, child) == frame
mark "shared by two"

# The child writes one page: it alone is copied.
as child { copy = write(buf) }
expect copy != frame
expect mapcount(frame) == 1
expect follow_page(buf + 4K, child) == follow_page(buf + 4K, sh)
mark "one page copied"

# Now the parent is alone with its page, so its write
# takes no new frame.
as sh { expect write(buf) == frame }
mark "reused, not copied"
