#!mm 1
machine x86_32 { ram = 1G; kernel = "6.1" }

mebibytes = 0

# Up from 0, a MiB (256 frames) at a time,
# until zone HighMem begins
user = alloc_page(GFP_HIGHUSER)
while zone(pfn_to_page(mebibytes * 256)) != HighMem {
  mebibytes = mebibytes + 1
}
