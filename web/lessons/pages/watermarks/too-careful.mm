#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# Somebody read that more is better.
sysctl min_free_kbytes = 524288

# (Leave the loop as it is.)
repeat 200 { tables[] = alloc_pages(GFP_KERNEL, 10) }
