#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# Each may do one thing less than the one
# before it.
expect GFP_KERNEL == (GFP_NOFS|__GFP_FS)
expect GFP_NOFS == (GFP_NOIO|__GFP_IO)
expect GFP_NOIO == (__GFP_DIRECT_RECLAIM|__GFP_KSWAPD_RECLAIM)

# All three may sleep, so none of them may be
# used here:
in irq { a = alloc_pages(GFP_NOIO, 4) }
expect events("might_sleep") == 1
