#!mm 1
machine x86_32 { ram = 1G; cpus = 1; kernel = "6.1" }
# The kernel takes low memory, as long as there is some.
while alloc_pages(GFP_KERNEL|__GFP_NORETRY, 10) != NULL { }
expect free_pages_in(HighMem) > 20000
mark "no memory, and 100 MiB free"
