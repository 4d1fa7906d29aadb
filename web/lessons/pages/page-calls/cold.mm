#!mm 1
machine x86_32 { ram = 1G; kernel = "2.6" }

# A hot frame comes from the head of the CPU's
# list: whoever had it last has just used it.
page = alloc_page(GFP_KERNEL)
free_hot_page(page)

# For a buffer that a device fills, a warm
# cache is wasted: __GFP_COLD takes the tail.
cold = alloc_page(GFP_KERNEL|__GFP_COLD)
hot = alloc_page(GFP_KERNEL)
expect hot == pfn_to_page(pfn(page))
expect pfn(cold) > pfn(hot)
mark "cold and hot"
