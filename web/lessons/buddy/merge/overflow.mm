#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# 2000 frames are given back. The lists of the
# CPU hold a few; then they give back, coldest
# first, and only then something merges.
repeat 2000 { pages[] = alloc_page(GFP_KERNEL) }
expect events("merge") == 0
for page in pages { __free_page(page) }
expect events("pcp_drain") >= 1
expect events("merge") > 100
mark "the list is full"
