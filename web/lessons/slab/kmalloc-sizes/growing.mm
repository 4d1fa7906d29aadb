#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# A buffer that grows by 16 bytes at a time. It
# moves only when its place is full.
buffer = kmalloc(16, GFP_KERNEL)
moves = 0
size = 32
while size <= 1024 {
  grown = krealloc(buffer, size, GFP_KERNEL)
  if grown != buffer { moves = moves + 1 }
  buffer = grown
  size = size + 16
}
expect moves == 8   "32, 64, 96, 128, 192 ..."
kfree(buffer)
