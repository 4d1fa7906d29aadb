// Small reports in the kernel's own shape, for tests that must also run without the shared folder.
#pragma once

#include <string>

namespace mmscope::test {

inline const std::string kMemInfoText =
    "Mem-Info:\n"
    "active_anon:92429 inactive_anon:0 isolated_anon:0\n"
    " active_file:0 inactive_file:0 isolated_file:0\n"
    " unevictable:0 dirty:0 writeback:0\n"
    " slab_reclaimable:157 slab_unreclaimable:1817\n"
    " mapped:562 shmem:766 pagetables:261\n"
    " sec_pagetables:0 bounce:0\n"
    " kernel_misc_reclaimable:0\n"
    " free:14753 free_pcp:4071 free_cma:0\n"
    "Node 0 active_anon:369716kB inactive_anon:0kB isolated(anon):0kB shmem:3064kB shmem_thp:0kB kernel_stack:1040kB "
    "all_unreclaimable? yes\n"
    "Node 0 DMA free:4740kB boost:0kB min:1044kB low:1304kB high:1564kB reserved_highatomic:0KB present:15992kB "
    "managed:15360kB free_pcp:124kB local_pcp:124kB free_cma:0kB\n"
    "lowmem_reserve[]: 0 944 944 944 944\n"
    "Node 0 DMA32 free:54272kB boost:0kB min:66536kB low:83168kB high:99800kB reserved_highatomic:10240KB "
    "present:1032064kB "
    "managed:975732kB free_pcp:16160kB local_pcp:11412kB free_cma:0kB\n"
    "lowmem_reserve[]: 0 0 0 0 0\n"
    "Node 0 DMA: 1*4kB (M) 0*8kB 0*16kB 0*32kB 0*64kB 1*128kB (M) 0*256kB 1*512kB (U) 0*1024kB 0*2048kB 1*4096kB (M) = "
    "4740kB\n"
    "Node 0 DMA32: 19*4kB (UME) 11*8kB (UME) 5*16kB (UME) 3*32kB (UM) 1*64kB (M) 1*128kB (M) 2*256kB (ME) 2*512kB (UE) "
    "3*1024kB (UME) 2*2048kB (UM) 11*4096kB (M) = 54292kB\n"
    "Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB\n"
    "766 total pagecache pages\n"
    "0 pages in swap cache\n"
    "Free swap  = 0kB\n"
    "Total swap = 0kB\n"
    "262014 pages RAM\n"
    "0 pages HighMem/MovableOnly\n"
    "14241 pages reserved\n"
    "0 pages hwpoisoned\n";

inline const std::string kOomText =
    "eat me (now) invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0, "
    "oom_score_adj=0\n"
    "CPU: 1 UID: 0 PID: 149 Comm: eat me (now) Tainted: G           OE      6.12.117+deb12-cloud-amd64 #1  Debian "
    "6.12.117-1\n"
    "Call Trace:\n"
    " <TASK>\n"
    " dump_stack_lvl+0x64/0x80\n"
    " </TASK>\n" +
    kMemInfoText +
    "Tasks state (memory values in pages):\n"
    "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name\n"
    "[    149]     0   149    92151    91784    91648        0       136   774144        0             0 eat me (now)\n"
    "[    151]  1000   150      565      239        0        0       239    40960        0          -500 insmod, x\n"
    "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=eat me "
    "(now),"
    "pid=149,uid=0\n"
    "Out of memory: Killed process 149 (eat me (now)) total-vm:368604kB, anon-rss:366592kB, file-rss:0kB, "
    "shmem-rss:544kB, "
    "UID:0 pgtables:756kB oom_score_adj:0\n";

inline const std::string kFailureText =
    "ins: mod: page allocation failure: order:4, mode:0x40820(GFP_ATOMIC|__GFP_COMP), "
    "nodemask=(null),cpuset=/,mems_allowed=0\n"
    "CPU: 0 UID: 0 PID: 151 Comm: ins: mod Tainted: G           OE      6.12.117+deb12-cloud-amd64 #1  Debian "
    "6.12.117-1\n"
    "Call Trace:\n"
    " <TASK>\n"
    " warn_alloc+0x164/0x1e0\n"
    " </TASK>\n" +
    kMemInfoText;

// 2.6 has a form of its own: no names of flags, no node's line, no letters, and the CPUs' lists before everything.
inline const std::string kClassicFailureText =
    "swapper: page allocation failure. order:4, mode:0x20\n"
    "Pid: 0, comm: swapper Not tainted 2.6.32 #1\n"
    "Mem-Info:\n"
    "DMA per-cpu:\n"
    "CPU    0: hi:    0, btch:   1 usd:   0\n"
    "Normal per-cpu:\n"
    "CPU    0: hi:  186, btch:  31 usd:  30\n"
    "active_anon:0 inactive_anon:0 isolated_anon:0\n"
    " unevictable:0 dirty:0 writeback:0 unstable:0\n"
    " free:519 slab_reclaimable:0 slab_unreclaimable:0\n"
    "DMA free:2076kB min:68kB low:84kB high:100kB present:15804kB pages_scanned:0 all_unreclaimable? no\n"
    "lowmem_reserve[]: 0 865 865\n"
    "Normal free:0kB min:3728kB low:4660kB high:5592kB present:885944kB pages_scanned:12 all_unreclaimable? yes\n"
    "lowmem_reserve[]: 0 0 0\n"
    "DMA: 3*4kB 4*8kB 1*16kB 1*32kB 1*64kB 1*128kB 1*256kB 1*512kB 1*1024kB 0*2048kB 0*4096kB = 2076kB\n"
    "Normal: 0*4kB 0*8kB 0*16kB 0*32kB 0*64kB 0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB 0*4096kB = 0kB\n"
    "0 total pagecache pages\n"
    "0 pages in swap cache\n"
    "Swap cache stats: add 0, delete 0, find 0/0\n"
    "Free swap  = 0kB\n"
    "Total swap = 0kB\n"
    "229376 pages RAM\n"
    "0 pages HighMem\n"
    "4036 pages reserved\n"
    "0 pages shared\n"
    "0 pages non-shared\n";

}  // namespace mmscope::test
