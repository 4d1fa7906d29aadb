#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
a = fork(init)
b = fork(init)

as a { x = mmap(4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS) }
as b { y = mmap(4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS) }
expect x == y
mark "one address"

as a { mine = write(x) }
as b { yours = write(y) }
expect mine != yours
mark "two frames"
