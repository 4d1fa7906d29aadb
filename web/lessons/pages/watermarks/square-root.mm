#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# 998,520 kB of managed memory
kilobytes = 0

page = alloc_page(GFP_KERNEL)
pages = watermark(DMA, min) + watermark(DMA32, min)
kilobytes = pages * 4
