#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# The same request in each of the five places
in process { a = alloc_pages(GFP_KERNEL, 4) }
in atomic { b = alloc_pages(GFP_KERNEL, 4) }
in irq { c = alloc_pages(GFP_KERNEL, 4) }
in softirq { d = alloc_pages(GFP_KERNEL, 4) }
in tasklet { e = alloc_pages(GFP_KERNEL, 4) }
