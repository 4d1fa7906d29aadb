#!mm 1
machine x86_64 { ram = 256M; cpus = 1; kernel = "6.12" }

# 1,000 frames one by one, and every other one is free again
repeat 1000 { pages[] = alloc_page(GFP_KERNEL) }
for n in 0..500 { __free_page(pages[n * 2]) }
drain_all_pages()
tick(1)

# What buddyinfo lists by size is what free calls free.
sum = 0
for o in 0..11 { sum = sum + ((nr_free(DMA, o) + nr_free(DMA32, o)) << o) }
expect sum == vmstat("nr_free_pages")
expect nr_free(DMA32, 0) >= 500
mark "one number, eleven columns"
