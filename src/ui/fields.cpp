#include "ui/fields.h"

#include "mm/shmem.h"
#include "play/process_files.h"
#include "play/value.h"
#include "play/vmalloc_calls.h"
#include "ui/panel_context.h"
#include "ui/text.h"

namespace mmscope {

namespace {

std::string range(Pfn first, u32 frames) { return hex(first.value) + " .. " + hex(first.value + frames - 1); }

const char* type_name(Migratetype type) { return kMigratetypeNames[static_cast<u32>(type)]; }

void add_block(std::vector<Field>* fields, const Snapshot& snapshot, const FrameInfo& frame) {
    const BlockRef& block = frame.block;
    if (block.head == kNoPfn) return;
    const bool is_head = block.head == frame.pfn;
    fields->push_back({"order", std::to_string(block.order.value) + (is_head ? "" : " (of the block)")});
    fields->push_back({"migratetype", type_name(frame_state::migratetype(frame.state))});
    fields->push_back({"block", range(block.head, block.order.frames()), is_head ? kNoPfn : block.head});
    fields->push_back({"block size", grouped(block.order.frames()) +
                                         (block.order.value == 0 ? " frame, " : " frames, ") +
                                         memory_size(block.order.frames())});
    if (block.order.value >= kMaxPageOrder) return;
    const Pfn buddy{block.head.value ^ block.order.frames()};
    const FrameTable& frames = snapshot.memory().frames();
    const std::string state = buddy.value < frames.frames() ? frame_summary(frames.state(buddy)) : "outside";
    fields->push_back({"buddy", hex(buddy.value) + ", " + state, buddy.value < frames.frames() ? buddy : kNoPfn});
}

// Where a block lies that a CPU keeps at hand.
void add_cpu_list(std::vector<Field>* fields, const PageAllocator& memory, const FrameInfo& frame) {
    if (!frame.cpu_list) return;
    const CpuListPlace& place = *frame.cpu_list;
    fields->push_back({"on a list", "of CPU " + std::to_string(place.cpu) + ", " + cpu_list_name(memory, place.list)});
    fields->push_back({"place", place.place == 0 ? "head, given next" : grouped(place.place) + " behind the head"});
}

// The words of a slab's first struct page (struct slab), whose others say nothing.
void add_slab(std::vector<Field>* fields, const PageAllocator& memory, const FrameInfo& frame) {
    const SlabOfFrame& in = *frame.slab;
    const SlabView& slab = in.slab;
    const std::string cpu = slab.cpu == kNoCpu ? "" : " of CPU " + std::to_string(slab.cpu);
    fields->push_back({"slab_cache", std::string(in.cache), kNoPfn, kNoMapping, in.id.value});
    fields->push_back({"inuse", grouped(slab.inuse) + " of " + grouped(slab.objects) + " objects"});
    fields->push_back({"used", grouped(slab.used) + (slab.used == slab.inuse ? "" : ", the rest is free for its CPU")});
    fields->push_back({"freelist", in.freelist == kEndOfList ? "NULL" : "object " + std::to_string(in.freelist)});
    fields->push_back({"slab list", kSlabListNames[static_cast<u32>(slab.list)] + cpu});
    fields->push_back({"virtual", hex(page_address(memory, frame.pfn))});
}

// The words of struct page whose meaning hangs on who has the frame: as the page allocator leaves them.
void add_words(std::vector<Field>* fields, const Snapshot& snapshot, const FrameInfo& frame) {
    const PageAllocator& memory = snapshot.memory();
    const FrameTable& frames = memory.frames();
    const bool is_listed =
        (frame.block.is_free || frame.cpu_list || frame.mapped) && frame.block.head == frame.pfn;
    if (frame.slab) return add_slab(fields, memory, frame);
    const bool keeps_type = frame.cpu_list && !memory.profile().free_by_pageblock;
    fields->push_back({"private", std::to_string(frame.block.is_free && is_listed ? frame.block.order.value : 0)});
    if (frame.mapped) {
        fields->push_back({"mapping", mapping_name(memory, frame.mapped->mapping), kNoPfn, frame.mapped->mapping});
    } else {
        fields->push_back({"mapping", "NULL"});
    }
    fields->push_back({"index", frame.mapped ? grouped(frame.mapped->index)
                                : keeps_type ? std::to_string(static_cast<u32>(frame_state::migratetype(frame.state)))
                                             : "0"});
    if (frame.mapped) {
        if (memory.mapping_table().mappings[frame.mapped->mapping].address == 0)  // of a file, or of shared memory
            fields->push_back({"offset", hex(u64{frame.mapped->index} << kPageShift) + " in it"});
        const bool is_file = frame_state::owner(frame.state) == Owner::page_cache;
        const LruList list = lru_list(is_file, frame.mapped->active);
        fields->push_back({"LRU list", kLruListNames[static_cast<u32>(list)]});
    }
    if (is_listed) {
        const FrameLink link = frames.links()[frame.pfn.value];
        const auto name = [&](u32 at) { return at < frames.frames() ? hex(at) : std::string("list head"); };
        const Pfn next{link.next < frames.frames() ? link.next : kNoPfn.value};
        fields->push_back({"lru", "next " + name(link.next) + ", prev " + name(link.prev), next});
    } else {
        fields->push_back({"lru", "on no list"});
    }
    const u64 address = page_address(*snapshot.machine, frame.pfn);
    fields->push_back({"virtual", address == 0 ? "NULL" : hex(address)});
    if (!frame_state::is_allocated(frame.state) || frame_state::owner(frame.state) != Owner::vmalloc) return;
    const Heap* heap = snapshot.machine->heap_so_far();
    if (heap != nullptr) fields->push_back({"vmalloc", hex(heap->vmalloc().address_of(frame.pfn, memory))});
}

// A page of a hugetlb pool, larger than the blocks of the page allocator if it has 1 GiB.
void add_hugetlb(std::vector<Field>* fields, const PageAllocator& memory, Pfn pfn) {
    const HugetlbFrame in = hugetlb_frame(memory.processes().hugetlb, memory.arch(), pfn);
    if (in.height == 0) return;
    const std::string use = in.page.mapcount == 0 ? "free in its pool" : "mapped by " + grouped(in.page.mapcount);
    fields->push_back({"PageHuge", memory_size(huge_frames(memory.arch(), in.height)) + ", " + use,
                       in.page.head == pfn ? kNoPfn : in.page.head});
}

void add_call(std::vector<Field>* fields, const FrameInfo& frame) {
    if (frame.block.head == kNoPfn || frame.block.is_free || frame.cpu_list) return;
    if (frame.call_line == 0) {
        fields->push_back({"taken by", "boot, before the script"});
        return;
    }
    fields->push_back({frame.mapped ? "mapped by" : "taken by", "line " + std::to_string(frame.call_line)});
    fields->push_back({"call", frame.call_text});
}

std::string process_text(u32 pid) { return "pid " + std::to_string(pid) + " (" + std::string(process_name(pid)) + ")"; }

// Who maps the frame, one row for each; or whose page table it is.
void add_users(std::vector<Field>* fields, const Snapshot& snapshot, const FrameInfo& frame) {
    const PageAllocator& memory = snapshot.memory();
    if (const auto slot = swap_cache_slot(memory, frame.pfn))
        fields->push_back({"swap", "in the swap cache, area " + std::to_string(slot->area()) + ", slot " +
                                       grouped(slot->slot()) + ", entries that mean it " +
                                       grouped(memory.swap().count(*slot))});
    if (const auto table = page_table_view(*snapshot.machine, frame.pfn)) {
        std::string text = std::string(kTableLevelNames[table->height]) + " of ";
        text += table->pid == 0 ? "the kernel" : process_text(table->pid);
        text += table->is_deposited ? ", waits beside a huge page from " : ", serves from ";
        fields->push_back({"table", text + hex(table->address)});
        if (table->pid != 0) fields->back().place = *place_of_frame(*snapshot.machine, frame.pfn, table->pid);
    }
    const FrameMappers mappers = frame_mappers(memory, frame.pfn, kMostMappers);
    for (const MapperView& mapper : mappers.first) {
        const std::string area = mapper.area.empty() ? "anonymous" : mapper.area;
        if (mapper.pid == 0) {
            fields->push_back({"rmap", "the script's own process, " + hex(mapper.address) + ", no page table"});
            continue;
        }
        fields->push_back({"rmap", process_text(mapper.pid) + ", " + hex(mapper.address) + ", " + area + ", " +
                                       entry_flags(mapper.entry.summary()) + ", " + memory_size(mapper.pages)});
        fields->back().place = {mapper.pid, mapper.address};
    }
    if (mappers.more != 0) fields->push_back({"rmap", "and " + grouped(mappers.more) + " more"});
    const ProcessTable& processes = memory.processes();
    const bool is_in_huge_zero = frame.block.head != kNoPfn && frame.block.head == processes.huge_zero_page;
    if (frame.pfn == processes.zero_page || is_in_huge_zero)
        fields->push_back({"rmap", "not kept: the page of zeroes, for all who only read"});
}

// One number until 6.6; from 6.7 on the CPUs tune theirs between two.
std::string pcp_high_text(const Profile& profile, const Zone& zone) {
    const std::string least = grouped(zone.pcp_high);
    return profile.has_pcp_high_range() ? least + " .. " + grouped(zone.pcp_high_max) : least;
}

}  // namespace

std::string frame_summary(u8 state) {
    if (frame_state::is_absent(state)) return "absent";
    if (frame_state::is_reserved(state)) return "reserved";
    const std::string who = frame_state::is_free(state) ? "free" : owner_name(frame_state::owner(state));
    return who + ", " + type_name(frame_state::migratetype(state));
}

std::vector<Field> frame_fields(const Snapshot& snapshot, const FrameInfo& frame) {
    std::vector<Field> fields;
    fields.push_back({"pfn", hex(frame.pfn.value) + " (" + grouped(frame.pfn.value) + ")"});
    fields.push_back({"address", hex(u64{frame.pfn.value} << kPageShift)});
    fields.push_back({"state", frame_summary(frame.state)});
    if (!frame_state::is_absent(frame.state)) {
        fields.push_back({"flags", frame.flags});
        fields.push_back({"_refcount", std::to_string(frame.refcount)});
        fields.push_back({"_mapcount", std::to_string(frame.mapcount)});
        add_words(&fields, snapshot, frame);
        add_users(&fields, snapshot, frame);
    }
    add_cpu_list(&fields, snapshot.memory(), frame);
    add_hugetlb(&fields, snapshot.memory(), frame.pfn);
    add_block(&fields, snapshot, frame);
    add_call(&fields, frame);
    if (frame.zone == nullptr) return fields;
    fields.push_back({"zone", frame.zone->name()});
    fields.push_back({"node", std::to_string(frame.zone->node)});
    fields.push_back({"pageblock", hex(frame.pageblock.value) + ", " + type_name(frame.pageblock_type)});
    fields.push_back({"mem_map", mem_map_cost(snapshot.memory())});
    return fields;
}

std::string mapping_name(const PageAllocator& memory, u32 number) {
    const Mapping& mapping = memory.mapping_table().mappings[number];
    switch (mapping.kind) {
        case MappingKind::file: return "file " + std::to_string(number);
        case MappingKind::shmem:
            return memory.mapping_table().tmpfs_file(number) == nullptr
                       ? "shared memory " + std::to_string(number)
                       : shmem_name(memory.mapping_table(), number);
        case MappingKind::window: return "private memory of processes from " + hex(mapping.address);
        case MappingKind::anonymous: break;
    }
    return "anonymous area at " + hex(mapping.address);
}

std::vector<Field> mapping_fields(const Snapshot& snapshot, u32 number) {
    const PageAllocator& memory = snapshot.memory();
    const Mapping& mapping = memory.mapping_table().mappings[number];
    std::vector<Field> fields{{"mapping", mapping_name(memory, number)},
                              {"pages", grouped(mapping.pages) + ", " + memory_size(mapping.pages)},
                              {"in memory", grouped(mapping.resident)}};
    if (mapping.kind == MappingKind::shmem) fields.push_back({"on swap", grouped(mapping.swapped)});
    if (mapping.is_gone) fields.push_back({"state", "gone: unmapped, unlinked, or its process was killed"});
    const u32 line = line_of_call(snapshot, mapping.call);
    if (line != 0) fields.push_back({"mapped by", "line " + std::to_string(line)});
    return fields;
}

std::string mem_map_cost(const PageAllocator& memory) {
    const u64 bytes = memory.profile().struct_page_bytes(memory.arch());
    const u64 frames = memory.present_pages();
    return grouped(bytes) + " B x " + grouped(frames) + " = " +
           memory_size((bytes * frames + kPageSize - 1) >> kPageShift);
}

std::vector<Field> zone_fields(const PageAllocator& memory, const Zone& zone) {
    std::string reserve;
    for (u32 pages : zone.lowmem_reserve) reserve += (reserve.empty() ? "" : " ") + std::to_string(pages);
    return {{"zone", zone_label(memory, zone)},
            {"node", std::to_string(zone.node)},
            {"pfns", range(zone.start, zone.spanned)},
            {"free", grouped(zone.free_pages)},
            {"folded", grouped(zone.nr_free_pages) + " (NR_FREE_PAGES)"},
            {"pcp", grouped(memory.pcp_count(zone.position))},
            {"min", grouped(zone.mark(Watermark::min))},
            {"low", grouped(zone.mark(Watermark::low))},
            {"high", grouped(zone.mark(Watermark::high))},
            {"boost", grouped(zone.boost)},
            {"HighAtomic", grouped(zone.nr_reserved_highatomic)},
            {"spanned", grouped(zone.spanned)},
            {"present", grouped(zone.present)},
            {"managed", grouped(zone.managed)},
            {"reserve", reserve},
            {"pcp batch", grouped(zone.pcp_batch)},
            {"pcp high", pcp_high_text(memory.profile(), zone)},
            {"mem_map", mem_map_cost(memory)}};
}

}  // namespace mmscope
