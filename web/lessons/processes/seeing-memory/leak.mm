#!mm 1
machine x86_64 { ram = 256M; cpus = 1; kernel = "6.12" }
mark "before"

# A driver takes 32 MiB from the page allocator, and
# forgets them.
repeat 32 { lost[] = alloc_pages(GFP_KERNEL, 8) }
mark "32 MiB less"
