#include "mm/hugetlb.h"

#include <algorithm>
#include <cassert>

#include "mm/address_event.h"
#include "mm/tlb_flush.h"

namespace mmscope {

namespace {

// htlb_alloc_mask: pages that can be migrated are movable, which those of 2.6 were only on demand.
Gfp mask_of(const Profile& profile) {
    const u32 highuser = gfp::kKernel | gfp::kHardwall | gfp::kHighmem;
    const u32 movable = profile.hugetlb_is_movable ? u32{gfp::kMovable} : 0U;
    return {highuser | movable | gfp::kComp | gfp::kNowarn | gfp::kRetryMayfail | gfp::kThisnode};
}

// A CPU of the node, on which a request asks that node first.
u32 cpu_of_node(const PageAllocator& memory, u32 node, u32 otherwise) {
    for (u32 cpu = 0; cpu < memory.cpus(); ++cpu)
        if (memory.node_of_cpu(cpu) == node) return cpu;
    return otherwise;
}

}  // namespace

bool Hugetlb::has_size(const PageAllocator& memory, u32 height) {
    return height == 1 || (height == 2 && memory.arch() == Arch::x86_64 && memory.profile().has_huge_size_flags);
}

u32 Hugetlb::index_of(const PageAllocator& memory, const Vma& area, u64 address) {
    return static_cast<u32>(area.file_page(address) >> huge_order(memory.arch(), area.huge_height).value);
}

HugetlbPage& Hugetlb::find(Pfn head, u32 height) {
    std::vector<HugetlbPage>& pages = pools().pool(height).pages;
    const auto found = std::lower_bound(pages.begin(), pages.end(), head,
                                        [](const HugetlbPage& page, Pfn wanted) { return page.head < wanted; });
    assert(found != pages.end() && found->head == head);
    return *found;
}

// A block that is the pool's from now on, free in it. No script may free its frames: they are as old as boot to it.
void Hugetlb::add(Pfn head, u32 height) {
    HugetlbPool& pool = pools().pool(height);
    const auto behind = std::upper_bound(pool.pages.begin(), pool.pages.end(), head,
                                         [](Pfn at, const HugetlbPage& page) { return at < page.head; });
    pool.pages.insert(behind, HugetlbPage{head, 0});
    pool.free.push_back(head);
    const Order order = order_of(height);
    Allocation of_pool;
    of_pool.order = {std::min(order.value, static_cast<u8>(kMaxPageOrder))};
    of_pool.compound = true;
    for (u32 at = 0; at < order.frames(); at += of_pool.order.frames())
        memory_.frames().links()[head.value + at] = of_pool.pack();
    trace_.emit(TraceKind::alloc_pool_huge_page, memory_.zone_of(head)->position, height, 0, head.value, pool.total());
}

// memblock_alloc_try_nid: from the top of the node down, where a whole page of 1 GiB is free at its boundary.
bool Hugetlb::take_gigantic(u32 node) {
    const FrameTable& frames = memory_.frames();
    const u32 size = huge_frames(memory_.arch(), 2);
    constexpr Order kChunk{kMaxPageOrder};
    for (u32 first = (frames.frames() - 1) & ~(size - 1); first >= size; first -= size) {
        const Zone* const zone = memory_.zone_of({first});
        if (zone == nullptr || zone->node != node || !zone->contains({first + size - 1})) continue;
        u32 at = 0;
        while (at < size && frame_state::is_free_head(frames.state({first + at})) &&
               frame_state::order(frames.state({first + at})) == kChunk)
            at += kChunk.frames();
        if (at < size) continue;
        Buddy lists = memory_.buddy(zone->position, trace_);
        for (at = 0; at < size; at += kChunk.frames()) lists.isolate_free_block({first + at}, kChunk);
        add({first}, 2);
        return true;
    }
    return false;
}

void Hugetlb::take_at_boot(u32 wanted) {
    HugetlbPool& pool = pools().pool(2);
    for (u32 failed = 0; pool.total() < wanted && failed < memory_.nodes();) {
        const u32 node = pool.next_node_to_alloc++ % memory_.nodes();
        failed = take_gigantic(node) ? 0 : failed + 1;
    }
}

// alloc_buddy_hugetlb_folio.
bool Hugetlb::grow(u32 node) {
    const Order order = order_of(1);
    const Pfn head =
        memory_.alloc_pages(mask_of(memory_.profile()), order, call_, cpu_of_node(memory_, node, cpu_), trace_);
    memory_.count(head == kNoPfn ? VmCounter::htlb_buddy_alloc_fail : VmCounter::htlb_buddy_alloc_success);
    if (head != kNoPfn) add(head, 1);
    return head != kNoPfn;
}

// The free page that is given back next, one node after the other (remove_pool_hugetlb_folio).
Pfn Hugetlb::remove_free() {
    HugetlbPool& pool = pools().pool(1);
    for (u32 tried = 0; tried < memory_.nodes(); ++tried) {
        const u32 node = pool.next_node_to_free++ % memory_.nodes();
        for (u32 at = pool.unused(); at-- > 0;) {
            const Pfn head = pool.free[at];
            if (memory_.zone_of(head)->node != node) continue;
            pool.free.erase(pool.free.begin() + at);
            return head;
        }
    }
    return kNoPfn;
}

// update_and_free_hugetlb_folio: on no list of the pool any more, and of the page allocator from now on.
void Hugetlb::give_back(Pfn head, u32 height) {
    HugetlbPool& pool = pools().pool(height);
    pool.pages.erase(pool.pages.begin() + (&find(head, height) - pool.pages.data()));
    trace_.emit(TraceKind::update_and_free_hugetlb, memory_.zone_of(head)->position, height, 0, head.value,
                pool.total());
    memory_.free_isolated(head, order_of(height), cpu_, trace_);
}

u32 Hugetlb::set_max_huge_pages(u32 wanted) {
    HugetlbPool& pool = pools().pool(1);
    pool.surplus -= std::min(pool.surplus, wanted > pool.persistent() ? wanted - pool.persistent() : 0);
    for (u32 failed = 0; pool.persistent() < wanted && failed < memory_.nodes();) {
        const u32 node = pool.next_node_to_alloc++ % memory_.nodes();
        failed = grow(node) ? 0 : failed + 1;
    }
    const u32 least = std::max(wanted, pool.reserved + pool.total() - pool.unused());
    while (pool.persistent() > least) {
        const Pfn head = remove_free();
        if (head == kNoPfn) break;
        give_back(head, 1);
    }
    if (pool.persistent() > wanted) pool.surplus += pool.persistent() - wanted;
    trace_.emit(TraceKind::hugetlb_max_huge_pages, 0, 1, 0, pool.surplus, wanted, pool.persistent());
    return pool.persistent();
}

bool Hugetlb::open(Vma* area) {
    HugetlbPool& pool = pools().pool(area->huge_height);
    const u32 order = order_of(area->huge_height).value;
    const u32 pages = area->pages() >> order;
    const bool is_reserved = !area->has(vm_flag::kNoReserve);
    if (is_reserved && pages > pool.available()) {
        trace_.emit(TraceKind::hugetlb_acct_refused, 0, area->huge_height, 0, kNoPfn.value, pages, pool.available());
        return false;
    }
    pools().files.emplace_back();
    area->huge_file = static_cast<u32>(pools().files.size());
    if (!is_reserved) return true;
    area->reserve = Vma::Reserve::owner;
    pools().files.back().used.assign(pages, 0);
    pool.reserved += pages;
    trace_.emit(TraceKind::hugetlb_acct_memory, 0, area->huge_height, 0, kNoPfn.value, pool.reserved, pages);
    return true;
}

// Surplus pages are given back first, as many as were reserved (return_unused_surplus_pages).
void Hugetlb::close(const Vma& area) {
    if (area.reserve != Vma::Reserve::owner) return;
    HugetlbPool& pool = pools().pool(area.huge_height);
    HugetlbFile& file = pools().files[area.huge_file - 1];
    const u32 first = index_of(memory_, area, area.start), end = index_of(memory_, area, area.end);
    const u32 unused = static_cast<u32>(std::count(file.used.begin() + first, file.used.begin() + end, u8{0}));
    if (unused == 0) return;
    pool.reserved -= unused;
    trace_.emit(TraceKind::hugetlb_acct_memory, 0, area.huge_height, 1, kNoPfn.value, pool.reserved, unused);
    for (u32 left = std::min(unused, pool.surplus); left != 0; --left) {
        const Pfn head = remove_free();
        if (head == kNoPfn) return;
        --pool.surplus;
        give_back(head, 1);
    }
}

void Hugetlb::forget(const Vma& area) {
    if (area.reserve != Vma::Reserve::owner) return;
    for (const Mm& mm : memory_.processes().mms)
        for (const Vma& other : mm.areas)
            if (other.huge_file == area.huge_file && other.reserve == Vma::Reserve::owner) return;
    pools().files[area.huge_file - 1].used.clear();
}

// The page that came back last, of the CPU's node if it has one (dequeue_hugetlb_folio_vma).
Pfn Hugetlb::take(const Vma& area, u64 address, Reserved reserved) {
    HugetlbPool& pool = pools().pool(area.huge_height);
    const bool is_owner = area.reserve == Vma::Reserve::owner;
    u8* const used = is_owner ? &pools().files[area.huge_file - 1].used[index_of(memory_, area, address)] : nullptr;
    const bool is_promised = is_owner && *used == 0 && reserved == Reserved::use;
    if (!is_promised && pool.available() == 0) return kNoPfn;
    u32 at = pool.unused() - 1;
    const u32 node = memory_.node_of_cpu(cpu_);
    while (at > 0 && memory_.zone_of(pool.free[at])->node != node) --at;
    if (memory_.zone_of(pool.free[at])->node != node) at = pool.unused() - 1;
    const Pfn head = pool.free[at];
    pool.free.erase(pool.free.begin() + at);
    if (is_promised) --pool.reserved;
    if (is_owner) *used = 1;
    find(head, area.huge_height).mapcount = 1;
    emit_address(trace_, TraceKind::dequeue_hugetlb, address, {head.value, pool.unused(), area.huge_height});
    return head;
}

void Hugetlb::unmap(Pfn head, u32 height) {
    HugetlbPool& pool = pools().pool(height);
    if (--find(head, height).mapcount != 0) return;
    if (pool.surplus != 0) {
        --pool.surplus;
        give_back(head, height);
        return;
    }
    pool.free.push_back(head);
    trace_.emit(TraceKind::enqueue_hugetlb, memory_.zone_of(head)->position, height, 0, head.value, pool.unused());
}

// A page that the owner of an area gives back while the area stays is reserved for it as before.
void Hugetlb::restore_reserve(const Vma& area, u64 address) {
    HugetlbPool& pool = pools().pool(area.huge_height);
    const bool is_kept = memory_.profile().hugetlb_keeps_reserve && area.reserve == Vma::Reserve::owner;
    if (!is_kept || pool.surplus != 0) return;
    pools().files[area.huge_file - 1].used[index_of(memory_, area, address)] = 0;
    ++pool.reserved;
}

u32 Hugetlb::zap_range(u32 mm, const Vma& area, u64 start, u64 end, Area what) {
    struct Zapped {
        u64 address = 0;
        Pfn head;
    };
    std::vector<Zapped> zapped;
    PageTables tables(memory_, mm, cpu_, trace_);
    Mm& own = memory_.processes().mms[mm];
    const u32 frames = order_of(area.huge_height).frames();
    TlbGather gathered;
    tables.for_each(start, end, [&](u64 address, EntryPlace place, PageEntry entry, u32) {
        tables.write(place, {});
        own.hugetlb_pages -= frames;
        zapped.push_back({address, entry.pfn()});
        gathered.add(address, address + tables.mode().span(area.huge_height), area.huge_height);
        emit_address(trace_, TraceKind::unmap_huge_pte, address, {entry.pfn().value, own.owner, area.huge_height});
    });
    TlbFlush(memory_, cpu_, trace_).flush(mm, gathered);
    for (const Zapped& page : zapped) {
        const bool is_last = mapcount(page.head, area.huge_height) == 1;
        if (is_last && what == Area::stays) restore_reserve(area, page.address);
        unmap(page.head, area.huge_height);
    }
    return static_cast<u32>(zapped.size());
}

std::string check_hugetlb(const PageAllocator& memory, const std::vector<u32>& mapped) {
    const ProcessTable& table = memory.processes();
    std::array<u32, kHugePageSizes> reserved{};
    for (const Mm& mm : table.mms)
        for (const Vma& area : mm.areas) {
            if (area.reserve != Vma::Reserve::owner) continue;
            const std::vector<u8>& used = table.hugetlb.files[area.huge_file - 1].used;
            const u32 end = Hugetlb::index_of(memory, area, area.end);
            if (end > used.size()) return "an area of hugetlb memory is larger than what was reserved for it";
            for (u32 at = Hugetlb::index_of(memory, area, area.start); at < end; ++at)
                reserved[area.huge_height - 1U] += used[at] == 0 ? 1 : 0;
        }
    for (u32 height = 1; height <= kHugePageSizes; ++height) {
        const HugetlbPool& pool = table.hugetlb.pool(height);
        if (pool.reserved != reserved[height - 1]) return "reserved huge pages and the areas disagree";
        if (pool.reserved > pool.unused()) return "more huge pages are reserved than are free";
        if (pool.surplus > pool.total()) return "more huge pages are surplus than there are";
        u32 unused = 0;
        for (u32 at = 0; at < pool.total(); ++at) {
            const HugetlbPage& page = pool.pages[at];
            const std::string where = " (pfn " + std::to_string(page.head.value) + ")";
            if (at != 0 && !(pool.pages[at - 1].head < page.head)) return "a pool's pages are not sorted" + where;
            const u8 state = memory.frames().state(page.head);
            if (!frame_state::is_allocated_head(state) || frame_state::owner(state) != Owner::kernel)
                return "a huge page of a pool has another use" + where;
            const u32 entries = page.head.value < mapped.size() ? mapped[page.head.value] : 0;
            if (page.mapcount != entries) return "mappings of a hugetlb page and the page tables disagree" + where;
            const bool is_free = std::find(pool.free.begin(), pool.free.end(), page.head) != pool.free.end();
            if (is_free != (page.mapcount == 0)) return "a hugetlb page is free and mapped, or neither" + where;
            unused += is_free ? 1 : 0;
        }
        if (unused != pool.unused()) return "a pool's free list has pages that are not the pool's";
    }
    return "";
}

}  // namespace mmscope
