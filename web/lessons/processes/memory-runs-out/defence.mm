#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12"; watermark_boost_factor = 0 }

# A shop uses 2 MiB. A job has mapped 38 MiB, which
# is all that this machine has, and uses 8 so far.
shop = fork(init)
as shop {
  stock = mmap(2M)
  touch(stock, 2M)
}
needs = rss(shop)
job = fork(init)
as job {
  data = mmap(38M)
  touch(data, 8M)
}

# A file is read, and the job grows by as much: in
# memory four pages of each alternate.
file = open(1520)
at = 0
done = 8M
repeat 380 {
  touch(file, 16K, at)
  as job { touch(data + done, 16K) }
  at = at + 16K
  done = done + 16K
}
expect events("zone_watermark_low") == 0
mark "room for everybody"

# 1. Watermarks. From here on only the job grows.
while events("zone_watermark_low") == 0 {
  as job { touch(data + done, 128K) }
  done = done + 128K
}
expect free_pages_in(DMA32) <= watermark(DMA32, low)
expect events("wakeup_kswapd") == 0
note "Zone DMA32 is down to its low mark, so requests go on to zone DMA."
mark "1 watermarks"

# 2. kswapd. No zone passes at low any more.
while events("wakeup_kswapd") == 0 {
  as job { touch(data + done, 128K) }
  done = done + 128K
}
expect vmstat("pgsteal_kswapd") > 0
expect events("mm_vmscan_direct_reclaim_begin") == 0
note "kswapd drops pages of the file, and nobody has to wait for it."
mark "2 kswapd"

# 3. Direct reclaim. Packets come in. The interrupt
# handler cannot wait for kswapd and goes below min.
in irq {
  while free_pages_in(DMA32) > watermark(DMA32, min) - 20 {
    packets[] = alloc_page(GFP_ATOMIC)
  }
}
as job { touch(data + done, 4K) }
expect vmstat("pgsteal_direct") > 0
expect events("mm_compaction_begin") == 0
note "The job finds every zone at min: it has to free pages itself before it gets one."
mark "3 direct reclaim"

# 4. Compaction. A driver would like blocks of eight
# frames. Frames are free, but no eight in a row.
while vmstat("compact_success") == 0 {
  rings[] = alloc_pages(GFP_KERNEL|__GFP_NORETRY, 3)
}
expect vmstat("pgmigrate_success") > 0
expect events("out_of_memory") == 0
note "Pages of the job are moved together, until eight frames in a row are free."
mark "4 compaction"

# 5. The OOM killer. The job goes on growing.
while oom_victim == NULL {
  as job { touch(data + done, 128K) }
  done = done + 128K
}
expect events("kswapd_hopeless") > 0   "kswapd has given up before"
expect vmstat("nr_inactive_file") + vmstat("nr_active_file") == 0   "the file is gone"
expect oom_victim == job
expect rss(shop) == needs   "nobody else has lost a page"
note "Nothing is left to be taken away, so the one who has most must go. dmesg shows the kernel's report."
mark "5 OOM killer"
