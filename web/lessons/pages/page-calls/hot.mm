#!mm 1
machine x86_32 { ram = 1G; kernel = "2.6" }

repeat 8 { pages[] = alloc_page(GFP_KERNEL) }
first = pfn(pages[0])
got = 0
mark "asked"

# Frames 2 and 5 are freed, in this order.
free_hot_page(pages[2])
free_hot_page(pages[5])
next = alloc_page(GFP_KERNEL)
got = pfn(next) - first
