#!mm 1
machine x86_32_pae { ram = 4G; kernel = "2.6" }

mebibytes = 0

page = alloc_page(GFP_KERNEL)
frames = 4G / 4K
bytes = 40   # of one struct page, on 32 bits
mebibytes = frames * bytes / 1M
