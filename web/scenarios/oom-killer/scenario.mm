#!mm 1
machine x86_64 { ram = 128M; kernel = "6.12" }

# A program maps more memory than the machine has.
# That costs nothing yet: no page is touched.
area = mmap(200M)
expect vmstat("nr_inactive_anon") == 0
file = open(4000)
touch(file)
mark "mapped, not used"

# It uses it, page by page. First the file's pages
# go; without swap nothing else can be reclaimed.
touch(area, 90M)
expect vmstat("nr_inactive_file") + vmstat("nr_active_file") < 4000
mark "the file gives way"

# A large block may fail: the caller gets NULL and
# has to do without.
expect alloc_pages(GFP_KERNEL|__GFP_NORETRY, 10) == NULL
mark "a large request fails"

# One page more may not fail. When nothing is left
# to reclaim, the OOM killer ends the program.
expect touch(area) == -12   "-ENOMEM"
expect vmstat("oom_kill") == 1
expect vmstat("nr_inactive_anon") + vmstat("nr_active_anon") == 0
expect free_pages_in(DMA32) > watermark(DMA32, high)
mark "killed"

# Everybody else has memory again.
expect alloc_pages(GFP_KERNEL, 3) != NULL
