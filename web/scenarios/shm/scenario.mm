#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12"; swap = 64M
  watermark_boost_factor = 0 }

# Two processes agree on a name. The file behind it is in
# memory alone: it has no page yet, and never a disk.
writer = fork(init)
reader = fork(init)
as writer {
  frame = shm_open("/frame", 8M)
  out = mmap(8M, PROT_READ|PROT_WRITE, MAP_SHARED, frame)
  written = write(out, 8M)
}
as reader {
  same = shm_open("/frame")
  picture = mmap(8M, PROT_READ, MAP_SHARED, same)
  seen = read(picture)
}
expect seen == written   "nothing was copied"
expect mapcount(written) == 2
mark "one frame, two processes"

# free calls it shared, and counts it in buff/cache too. Its
# pages stand on the lists of anonymous memory all the same.
expect vmstat("nr_shmem") == 2048
expect vmstat("nr_mapped") == 2048
expect vmstat("nr_file_pages") == 2048

# The pages are the file's, not the processes'. Nor can
# dropping the cache take them: nobody else has them.
exit(writer)
exit(reader)
drop_caches(3)
expect vmstat("nr_shmem") == 2048
mark "it outlives who wrote it"

# When memory runs short they go to swap, a slot each.
worker = fork(init)
as worker {
  new = mmap(48M)
  touch(new, 48M)
}
expect vmstat("nr_shmem") < 2048
expect vmstat("pswpout") > 0
expect vmstat("oom_kill") == 0
mark "on swap"
exit(worker)

# Who opens the name later gets every page back.
late = fork(init)
as late {
  again = shm_open("/frame")
  copy = mmap(8M, PROT_READ, MAP_SHARED, again)
  read(copy, 8M)
}
expect vmstat("nr_shmem") == 2048
mark "back by major faults"
exit(late)

# Only the end of the name gives the memory back.
expect shm_unlink("/frame") == 0
expect vmstat("nr_shmem") == 0
mark "gone with its name"
