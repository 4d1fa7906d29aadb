#!mm 1
machine x86_32 { ram = 1G; cpus = 1; kernel = "6.1" }

# The kernel takes low memory as long as it gets any.
gfp = GFP_KERNEL|__GFP_NORETRY
while alloc_pages(gfp, 10) != NULL { }

# 159 MiB are free: 113 in HighMem, which the kernel
# cannot use, and 46 of low memory, which is the reserve.
expect vmstat("nr_free_pages") / 256 == 159
expect free_pages_in(HighMem) / 256 == 113
mark "free, and not for the kernel"
