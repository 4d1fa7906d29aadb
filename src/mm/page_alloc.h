// alloc_pages and free_pages: which zone, may it give, who owns the frames afterwards.
//
// This is the machine's physical memory: frames, zones in order of position (node 0 DMA first), zonelists, per-CPU
// lists, counters, sysctls. The way of a request is the kernel's: each zone of the zonelist is tested against its low
// mark and lowmem_reserve, the first that passes gives from the CPU's list or from the buddy system; if none does,
// kswapd is woken and all are tried again against min, with the reserves that the flags open (page_alloc_slow.cpp).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "mm/buddy.h"
#include "mm/lru.h"
#include "mm/mapping.h"
#include "mm/node.h"
#include "mm/pcp.h"
#include "mm/process.h"
#include "mm/swap_space.h"
#include "mm/vmstat.h"

namespace mmscope {

// Why a free is refused. The kernel would corrupt or complain; here nothing changes.
enum class FreeFault : u8 { none, not_a_frame, reserved, already_free, never_allocated, on_lru, page_table, vmalloc, not_head, wrong_order };

// A request that the kernel never answers: then alloc_pages returns kNoPfn, and nothing goes on behind it.
enum class Deadlock : u8 {
    none,
    panic,    // "System is deadlocked on memory": the OOM killer finds nobody to kill
    panic_on_oom,  // the sysctl wants it instead of a kill
    endless,  // the request may not fail, and nobody is left who could free memory: it is tried again for ever
};

// Where on a per-CPU list a block lies.
struct CpuListPlace {
    u32 cpu = 0;
    u32 list = 0;
    u32 place = 0;  // 0: the head, given next
};

// Positions of the zones that a request walks, first first (struct zonelist).
struct ZoneList {
    u8 count = 0;
    std::array<u8, 2 * kMaxZonesPerNode> position{};
    const u8* begin() const { return position.data(); }
    const u8* end() const { return position.data() + count; }
    void add(u8 zone) { position[count++] = zone; }
};

class PageAllocator {
public:
    PageAllocator() = default;
    PageAllocator(const PageAllocator& other);  // defaulted, but made once and not in every file that copies one
    PageAllocator(PageAllocator&& other) noexcept;
    PageAllocator& operator=(const PageAllocator& other);
    PageAllocator& operator=(PageAllocator&& other) noexcept;
    ~PageAllocator();
    // A machine as it is right after boot: all managed frames free, Movable, in ascending order.
    PageAllocator(Arch arch, const Profile& profile, u64 ram_frames, u32 nodes, u32 cpus);
    // The same places with nothing free: every managed frame allocated by "boot". Import fills the lists.
    PageAllocator(Arch arch, const Profile& profile, const std::vector<ZoneLayout>& layout, u32 cpus);

    // The frame number of the block's first frame, or kNoPfn (ENOMEM, or a deadlock()). `mask` is legal, order <= 10.
    // `call` is remembered as the allocation's maker, `cpu` is where the caller runs.
    Pfn alloc_pages(Gfp mask, Order order, u32 call, u32 cpu, Trace& trace);
    // Whether free_pages(pfn, order) may be called.
    FreeFault free_fault(Pfn pfn, Order order) const;
    void free_pages(Pfn pfn, Order order, u32 cpu, Trace& trace);

    // The sysctls of a machine that starts: everything that hangs on them is computed.
    void set_sysctl(const VmSysctl& sysctl);
    // drain_all_pages, drain_local_pages: per-CPU lists go back to the buddy system; of one zone (by position) or of
    // all, of one CPU or of all.
    void drain_pages(std::optional<u32> zone, std::optional<u32> cpu, Trace& trace);
    // One second passes: each CPU's vmstat worker folds its counters and lets its lists decay (refresh_cpu_vm_stats).
    void refresh_vm_stats(Trace& trace);

    // sysctl -w vm.NAME: computes anew what the kernel does. `sysctl` is the whole set after the change of `written`.
    void write_sysctl(SysctlName written, const VmSysctl& sysctl);
    const VmSysctl& sysctl() const { return sysctl_; }
    // Where huge pages come after boot if nobody asks for anything else: never below 512 MiB.
    ThpEnabled boot_thp() const;

    Arch arch() const { return arch_; }
    const Profile& profile() const { return *profile_; }
    u32 nodes() const { return nodes_; }
    u32 cpus() const { return cpus_; }
    u32 node_of_cpu(u32 cpu) const { return nodes_ == 1 ? 0 : cpu * nodes_ / cpus_; }
    const std::vector<Zone>& zones() const { return zones_; }
    std::vector<Zone>& zones() { return zones_; }  // for import
    const FrameTable& frames() const { return frames_; }
    FrameTable& frames() { return frames_; }  // for import and history
    u64 vmstat(VmCounter counter) const;
    // The same of one node alone, for the gauges nr_anon_pages .. nr_page_table_pages and nr_swapcached. In pages.
    u64 node_page_state(VmCounter gauge, u32 node) const;
    // Huge pages of one node, or of all, that are mapped as a whole (nr_anon_transparent_hugepages).
    u64 huge_pages_mapped(std::optional<u32> node) const;
    u64 present_pages() const;

    const Zone* zone_of(Pfn pfn) const;                    // null outside every populated zone's span
    const Zone* find_zone(ZoneType type, u32 node) const;  // null if the architecture has no such zone
    Buddy buddy(u32 zone, Trace& trace) { return Buddy(frames_, zones_[zone], *profile_, trace); }
    PcpLists pcp_lists(u32 zone, u32 cpu, Trace& trace) {
        return PcpLists(frames_, zones_[zone], pcp(zone, cpu), *profile_, trace);
    }
    const PerCpuPages& pcp(u32 zone, u32 cpu) const { return pcp_[zone * cpus_ + cpu]; }
    PerCpuPages& pcp(u32 zone, u32 cpu) { return pcp_[zone * cpus_ + cpu]; }
    const std::vector<PerCpuPages>& all_pcp() const { return pcp_; }  // zone by zone, CPU by CPU
    std::vector<PerCpuPages>& all_pcp() { return pcp_; }              // for import and history
    u32 pcp_count(u32 zone) const;                                    // pages on all CPUs' lists
    // The list that a block is on, by its head; nothing if it is on none. Costs a walk of the list.
    std::optional<CpuListPlace> cpu_list_of(Pfn head) const;
    // Positions of the zones that a request walks, first first (node_zonelist).
    const ZoneList& zonelist(u32 node, u32 highest_index) const {
        return zonelists_[node * kMaxZonesPerNode + highest_index];
    }

    // Pages of files and of anonymous memory, the lists that they stand on, and the daemons that take them away.
    const std::vector<NodeData>& node_data() const { return node_data_; }
    std::vector<NodeData>& node_data() { return node_data_; }
    const MappingTable& mapping_table() const { return mapping_table_; }
    MappingTable& mapping_table() { return mapping_table_; }
    const ProcessTable& processes() const { return processes_; }
    ProcessTable& processes() { return processes_; }
    const SwapSpace& swap() const { return swap_; }
    SwapSpace& swap() { return swap_; }
    LruLists lru(u32 node) { return LruLists(frames_, zones_, node_data_[node]); }
    u32 lru_size(u32 node, LruList list) const;
    // A page that is off its LRU list and belongs to no mapping any more goes back (folio_put); so does a block that was
    // taken off the free lists without a caller (compaction's targets).
    void free_lru_page(Pfn pfn, u32 cpu, Trace& trace) { free_isolated(pfn, frames_.folio_order(pfn), cpu, trace); }
    void free_isolated(Pfn pfn, Order order, u32 cpu, Trace& trace);
    // What is remembered of an allocated block, also of a page on an LRU list: there `call` is the one that made its
    // mapping. Of a block on a per-CPU list: nothing.
    Allocation allocation(Pfn head) const;
    // kswapd and kcompactd of every node that were woken do their work (mm/vmscan.h). The code that runs has slept or
    // gone back to user mode.
    void run_daemons(u32 cpu, Trace& trace);
    Deadlock deadlock() const { return deadlock_; }
    void set_deadlock(Deadlock deadlock) { deadlock_ = deadlock; }

    void count(VmCounter counter, u64 by = 1) { counted_[static_cast<u32>(counter)] += by; }
    // The same of something that Linux counts on a node (kNodeEvents).
    void count_on(u32 node, VmCounter event, u64 by = 1);
    u64 node_event(u32 node, VmCounter event) const;
    using Counted = std::array<u64, kVmCounters>;
    const Counted& counted() const { return counted_; }
    Counted& counted() { return counted_; }  // for history

    // A pageblock of the HighAtomic reserve becomes one of the request's type; a zone's last one only by force. False:
    // there was none.
    enum class ByForce : u8 { no, yes };
    bool unreserve_highatomic_pageblock(const AllocRequest& request, ByForce by_force, Trace& trace);

    // get_page_from_freelist: the zones of the request's list, from the first on; the first that may give, gives.
    [[gnu::noinline]] Pfn get_page_from_freelist(const AllocRequest& request, AllocFlags flags, Trace& trace);

    // Everything fits together: empty, or a sentence. Costs a pass over all frames.
    std::string check() const;
    u64 bytes() const;  // of state, all in

    // The request and the flags of the fast path, as alloc_pages has them (prepare_alloc_pages).
    AllocRequest request_of(Gfp mask, Order order, u32 call, u32 cpu) const;
    AllocFlags fast_flags(const AllocRequest& request) const;
    // Whether an empty list of the CPU is filled for this request.
    bool may_refill(const AllocRequest& request, const AllocFlags& flags) const;

private:
    Pfn rmqueue(Zone& zone, const AllocRequest& request, const AllocFlags& flags, Trace& trace);
    Pfn rmqueue_buddy(Zone& zone, const AllocRequest& request, const AllocFlags& flags, Trace& trace);
    static void emit_alloc(const Zone& zone, Pfn pfn, Gfp mask, Order order, Trace& trace);
    Pfn hand_out(Zone& zone, Pfn pfn, Gfp mask, Order order, u32 call);
    Pfn alloc_large(Zone& zone, Gfp mask, Order order, u32 call, u32 cpu, Trace& trace);
    Pfn alloc_pages_general(Gfp mask, Order order, u32 call, u32 cpu, Trace& trace);
    bool zone_may_give(Zone& zone, const AllocRequest& request, const AllocFlags& flags, Trace& trace);
    bool zone_watermark_ok(const Zone& zone, const AllocRequest& request, const AllocFlags& flags, u32 mark,
                           TraceKind refusal, Trace& trace) const;
    bool is_plainly_ok(const Zone& zone, Order order, u32 highest_index) const;
    static void emit_plainly_ok(const Zone& zone, Order order, u32 highest_index, Trace& trace);
    bool is_on_lists_of_cpu(Order order) const { return PcpLists::takes(order, frames_.pageblock_order(), *profile_); }
    bool starts_unfragmented(const ZoneList& list) const;
    void reserve_highatomic_pageblock(Zone& zone, Pfn pfn, Order order, u32 cpu, Trace& trace);
    u64 dirty_gauge(VmCounter gauge) const;
    u64 workingset_count(VmCounter counter) const;
    std::string check_lru() const;
    void give_back(Pfn pfn, Order order, u32 cpu, Trace& trace);
    u32 zone_position(Pfn pfn) const;  // zones_.size() if in none
    void set_up(const std::vector<ZoneLayout>& layout);
    void keep_sysctl(const VmSysctl& sysctl);
    void setup_migrate_reserve();
    void split_shared_pageblock();
    void build_zonelists();

    Arch arch_ = Arch::x86_64;
    const Profile* profile_ = nullptr;
    u32 nodes_ = 1;
    u32 cpus_ = 1;
    std::array<u8, 16> highest_zone_index_{};  // by the four zone bits of a mask
    FrameTable frames_;
    std::vector<Zone> zones_;
    std::vector<PerCpuPages> pcp_;
    std::vector<ZoneList> zonelists_;
    std::vector<NodeData> node_data_;
    MappingTable mapping_table_;
    ProcessTable processes_;
    SwapSpace swap_;
    Counted counted_{};
    Deadlock deadlock_ = Deadlock::none;
    VmSysctl sysctl_;
};

}  // namespace mmscope
