#include "mm/fork.h"

#include <algorithm>
#include <cassert>

#include "mm/address_event.h"
#include "mm/fault.h"
#include "mm/hugetlb.h"
#include "mm/rmap.h"
#include "mm/shmem.h"
#include "mm/tlb_flush.h"

namespace mmscope {

namespace {

constexpr u64 kStackAtExec = 33 * u64{kPageSize};  // 128 KiB and a page, as every /proc/PID/maps shows
constexpr u64 kProgramBase64 = 0x555555554000, kProgramBase32 = 0x56555000;

// A frame that no allocator ever gives away: the highest reserved one.
Pfn find_zero_page(const FrameTable& frames) {
    for (u32 pfn = frames.frames(); pfn-- > 0;)
        if (frame_state::is_reserved(frames.state({pfn}))) return {pfn};
    return {0};
}

}  // namespace

bool ProcessControl::start_init(const TlbGeometry& geometry) {
    ProcessTable& table = memory_.processes();
    if (!table.is_empty()) return true;
    table.mode = paging_mode(memory_.arch(), table.five_levels);
    table.geometry = geometry;
    table.cpus.resize(memory_.cpus());
    table.zero_page = find_zero_page(memory_.frames());
    if (memory_.frames().mapped_words().empty()) memory_.frames().keep_mapped();
    memory_.frames().keep_mapcounts();
    const u32 mm = new_mm(kInitPid);
    if (mm == kNoMm) return false;
    table.processes.push_back({mm, 0, Signal::none, 0, 0});
    table.mms[mm].start_brk = table.mms[mm].brk = memory_.arch() == Arch::x86_64 ? kProgramBase64 : kProgramBase32;
    if (add_stack(mm)) return true;
    drop_mm(mm);
    table.processes.clear();
    return false;
}

u32 ProcessControl::new_mm(u32 owner) {
    ProcessTable& table = memory_.processes();
    u32 place = 0;
    while (place < table.mms.size() && table.mms[place].is_used) ++place;
    if (place == table.mms.size()) {
        table.mms.emplace_back();
        table.heaps.emplace_back();
    }
    table.mms[place] = empty_mm(table.mode);
    table.mms[place].owner = owner;
    table.mms[place].context_id = ++table.last_context_id;
    table.heaps[place] = {};
    if (PageTables(memory_, place, cpu_, trace_).make_top(call_)) return place;
    table.mms[place] = {};
    return kNoMm;
}

void ProcessControl::drop_mm(u32 mm) {
    ProcessTable& table = memory_.processes();
    TlbFlush(memory_, cpu_, trace_).leave_mm(mm);
    ProcessMemory(memory_, ProcessMemory::ByMm::yes, mm, cpu_, call_, trace_).unmap_all();
    table.mms[mm] = {};
    table.heaps[mm] = {};
}

// setup_arg_pages: the arguments are written to the topmost page before the program starts.
bool ProcessControl::add_stack(u32 mm) {
    ProcessMemory memory(memory_, ProcessMemory::ByMm::yes, mm, cpu_, call_, trace_);
    Vma stack;
    stack.end = memory_.processes().mms[mm].start_stack;
    stack.start = stack.end - kStackAtExec;
    stack.flags = vm_flag::kRead | vm_flag::kWrite | vm_flag::kMayAll | vm_flag::kGrowsDown | vm_flag::kAccount;
    stack.pgoff = stack.start >> kPageShift;
    if (!memory.commit(stack.pages())) return false;
    memory.add_area(stack);
    return FaultHandler(memory_, mm, cpu_, call_, trace_).handle(stack.end - kPageSize, Access::write) ==
           FaultResult::done;
}

void ProcessControl::map_program(u32 mm, u32 file) {
    ProcessMemory memory(memory_, ProcessMemory::ByMm::yes, mm, cpu_, call_, trace_);
    const u32 pages = memory_.mapping_table().mappings[file].pages;
    const u32 data = pages / 4, code = pages - data;
    Mm& own = memory_.processes().mms[mm];
    Vma area;
    area.start = memory_.arch() == Arch::x86_64 ? kProgramBase64 : kProgramBase32;
    area.end = area.start + u64{code} * kPageSize;
    area.flags = vm_flag::kRead | vm_flag::kExec | vm_flag::kMayAll;
    area.file = file;
    own.start_code = area.start;
    own.end_code = area.end;
    own.exe = file;
    memory.add_area(area);
    area.flags = vm_flag::kRead | vm_flag::kWrite | vm_flag::kMayAll | vm_flag::kAccount;
    if (data != 0 && memory.commit(data)) {
        area.start = area.end;
        area.end = area.start + u64{data} * kPageSize;
        area.pgoff = code;
        memory.add_area(area);
    }
    if (memory.commit(1)) {  // bss
        area.start = area.end;
        area.end = area.start + kPageSize;
        area.file = kNoFile;
        area.pgoff = area.start >> kPageShift;
        memory.add_area(area);
    }
    own.start_brk = own.brk = area.end;
}

i64 ProcessControl::exec(u32 pid, u32 file) {
    if (memory_.mapping_table().mappings[file].pages == 0) return failed(Errno::enoexec);
    const ShmemHold held(Shmem(memory_, cpu_, call_, trace_), file);
    const u32 fresh = new_mm(pid);
    if (fresh == kNoMm || !add_stack(fresh)) {
        if (fresh != kNoMm) drop_mm(fresh);
        return failed(Errno::enomem);
    }
    ProcessTable& table = memory_.processes();
    if (!table.is_alive(pid)) {  // the OOM killer chose it meanwhile
        drop_mm(fresh);
        return failed(Errno::enomem);
    }
    trace_.emit(TraceKind::sched_process_exec, 0, 0, 0, kNoPfn.value, pid, file);
    const u32 old = table.processes[pid - 1].mm;
    table.processes[pid - 1].mm = fresh;
    drop_mm(old);
    map_program(fresh, file);
    return 0;
}

void ProcessControl::exit(u32 pid, Signal signal) {
    ProcessTable& table = memory_.processes();
    Process& process = table.processes[pid - 1];
    assert(process.is_alive());
    const u32 mm = process.mm;
    trace_.emit_headline(TraceKind::sched_process_exit, 0, static_cast<u32>(signal), 0, kNoPfn.value, pid,
                table.mms[mm].resident());
    process.mm = kNoMm;
    process.signal = signal;
    process.ended_by = call_;
    for (Process& child : table.processes)
        if (child.parent == pid) child.parent = kInitPid;
    drop_mm(mm);
}

i64 ProcessControl::fork(u32 parent) {
    ProcessTable& table = memory_.processes();
    if (table.alive() >= kMostProcesses || table.processes.size() >= kMostProcessesEver) {
        trace_.emit(TraceKind::fork_refused, 0, 0, 0, kNoPfn.value, parent, kMostProcesses);
        return failed(Errno::eagain);
    }
    const u32 pid = static_cast<u32>(table.processes.size()) + 1;
    const u32 child = new_mm(pid);
    if (child == kNoMm) return failed(Errno::enomem);
    if (!table.is_alive(parent) || !copy_areas(table.processes[parent - 1].mm, child)) {
        drop_mm(child);
        return failed(Errno::enomem);
    }
    table.heaps[child] = table.heaps[table.processes[parent - 1].mm];
    table.processes.push_back({child, parent, Signal::none, 0, table.processes[parent - 1].oom_score_adj});
    trace_.emit(TraceKind::sched_process_fork, 0, 0, 0, kNoPfn.value, parent, pid);
    return pid;
}

// dup_mmap. An area whose pages are all to be found elsewhere is not copied page by page. At its end every TLB forgets
// the parent, whether anything was write-protected or not.
bool ProcessControl::copy_areas(u32 parent_mm, u32 child_mm) {
    ProcessTable& table = memory_.processes();
    const u64 parent_id = table.mms[parent_mm].context_id;
    const Mm& from = table.mms[parent_mm];
    Mm& to = table.mms[child_mm];
    to.start_code = from.start_code;
    to.end_code = from.end_code;
    to.start_brk = from.start_brk;
    to.brk = from.brk;
    to.exe = from.exe;
    const std::vector<Vma> areas = from.areas;
    ProcessMemory memory(memory_, ProcessMemory::ByMm::yes, child_mm, cpu_, call_, trace_);
    Copied copied;
    bool is_whole = true;
    for (const Vma& area : areas) {
        Vma twin = area;
        if (area.anon_vma != 0) twin.anon_vma = ++table.last_anon_vma;
        twin.reserve = Vma::Reserve::none;  // hugetlb_dup_vma_private
        is_whole = !area.has(vm_flag::kAccount) || memory.commit(area.pages());
        if (!is_whole) break;
        Mm& child = table.mms[child_mm];
        child.areas.push_back(twin);
        child.total_vm += area.pages();
        if (area.anon_vma == 0) continue;
        is_whole = area.is_hugetlb() ? copy_hugetlb_pages(parent_mm, child_mm, area, &copied)
                                     : copy_pages(parent_mm, child_mm, area, &copied);
        if (!is_whole) break;
    }
    table.mms[child_mm].most_vm = table.mms[child_mm].total_vm;
    table.mms[child_mm].most_rss = table.mms[child_mm].resident();
    if (table.mms[parent_mm].context_id != parent_id) return false;
    trace_.emit(TraceKind::copy_page_range, 0, 0, 0, kNoPfn.value, copied.entries, copied.write_protected);
    TlbFlush(memory_, cpu_, trace_).flush_mm(parent_mm);
    return is_whole;
}

// copy_page_range of one area. Making a table may reclaim pages of the parent or even kill it, so each entry is read
// when the child's place for it is ready.
bool ProcessControl::copy_pages(u32 parent_mm, u32 child_mm, const Vma& area, Copied* copied) {
    const PageTables parent(memory_, parent_mm, cpu_, trace_);
    struct Entry {
        u64 address = 0;
        u32 height = 0;
    };
    std::vector<Entry> entries;
    parent.for_each(area.start, area.end, [&](u64 address, EntryPlace, PageEntry, u32 height) {
        entries.push_back({address, height});
    });
    for (const Entry& entry : entries) {
        const bool is_whole = entry.height == 0 ? copy_page(parent_mm, child_mm, area, entry.address, copied)
                                                : copy_huge_page(parent_mm, child_mm, area, entry.address, copied);
        if (!is_whole) return false;
    }
    return true;
}

// copy_present_pte and copy_huge_pmd: what is copied on write loses W in both, and the child has used nothing yet, so
// that its entry is without A.
PageEntry ProcessControl::copy_entry(PageTables* parent, EntryPlace from, PageTables* child, EntryPlace to,
                                     CopiedOnWrite is_copied, Copied* copied) {
    PageEntry entry = parent->read(from);
    if (is_copied == CopiedOnWrite::yes && entry.has(entry_bit::kWrite)) {
        entry.bits &= ~entry_bit::kWrite;
        parent->write(from, entry);
        ++copied->write_protected;
    }
    child->write(to, {entry.bits & ~entry_bit::kAccessed});
    ++copied->entries;
    return entry;
}

// copy_huge_pmd: the table that will wait beside the child's leaf comes first. If the parent's leaf was split to make
// room for it, its pages are copied one by one.
bool ProcessControl::copy_huge_page(u32 parent_mm, u32 child_mm, const Vma& area, u64 address, Copied* copied) {
    ProcessTable& table = memory_.processes();
    const u64 parent_id = table.mms[parent_mm].context_id;
    PageTables parent(memory_, parent_mm, cpu_, trace_);
    PageTables child(memory_, child_mm, cpu_, trace_);
    const std::optional<EntryPlace> to = child.make(address, 1, call_);
    if (!to || table.mms[parent_mm].context_id != parent_id) return false;
    const Pfn spare = child.make_spare(address, call_);
    if (spare == kNoPfn) return false;
    const bool is_alive = table.mms[parent_mm].context_id == parent_id;
    const std::optional<EntryPlace> from = is_alive ? parent.find_huge(address) : std::nullopt;
    if (!from) {
        child.free_spare(spare);
        const u64 end = address + parent.mode().span(1);
        for (u64 at = address; is_alive && at < end; at += kPageSize)
            if (!copy_page(parent_mm, child_mm, area, at, copied)) return false;
        return is_alive;
    }
    child.deposit(*to, address, spare);
    const PageEntry entry = copy_entry(&parent, *from, &child, *to, CopiedOnWrite::yes, copied);
    if (entry.is_zero_page()) {
        table.mms[child_mm].has_huge_zero_page = true;
        return true;
    }
    FrameTable& frames = memory_.frames();
    frames.set_mark(entry.pfn(), page_mark::kExclusive, false);
    frames.set_entire_mapcount(entry.pfn(), frames.entire_mapcount(entry.pfn()) + 1);
    table.mms[child_mm].rss[static_cast<u32>(RssKind::anon)] += frames.folio_pages(entry.pfn());
    return true;
}

// copy_hugetlb_page_range: every leaf is read-only in both from now on.
bool ProcessControl::copy_hugetlb_pages(u32 parent_mm, u32 child_mm, const Vma& area, Copied* copied) {
    ProcessTable& table = memory_.processes();
    const u64 parent_id = table.mms[parent_mm].context_id;
    PageTables parent(memory_, parent_mm, cpu_, trace_);
    PageTables child(memory_, child_mm, cpu_, trace_);
    std::vector<u64> addresses;
    parent.for_each(area.start, area.end,
                    [&](u64 address, EntryPlace, PageEntry, u32) { addresses.push_back(address); });
    for (const u64 address : addresses) {
        const std::optional<EntryPlace> to = child.make(address, area.huge_height, call_);
        if (!to || table.mms[parent_mm].context_id != parent_id) return false;
        const EntryPlace from = *parent.find_at(address, area.huge_height);
        PageEntry entry = parent.read(from);
        if (entry.has(entry_bit::kWrite)) ++copied->write_protected;
        entry.bits &= ~entry_bit::kWrite;
        parent.write(from, entry);
        child.write(*to, entry);
        ++copied->entries;
        Hugetlb(memory_, cpu_, call_, trace_).map(entry.pfn(), area.huge_height);
        table.mms[child_mm].hugetlb_pages += huge_frames(memory_.arch(), area.huge_height);
    }
    return true;
}

bool ProcessControl::copy_page(u32 parent_mm, u32 child_mm, const Vma& area, u64 address, Copied* copied) {
    ProcessTable& table = memory_.processes();
    const u64 parent_id = table.mms[parent_mm].context_id;
    PageTables parent(memory_, parent_mm, cpu_, trace_);
    PageTables child(memory_, child_mm, cpu_, trace_);
    const std::optional<EntryPlace> to = child.make(address, 0, call_);
    if (!to || table.mms[parent_mm].context_id != parent_id) return false;
    const std::optional<EntryPlace> from = parent.find(address);
    PageEntry entry = from ? parent.read(*from) : PageEntry();
    if (entry.is_none()) return true;
    if (entry.is_swap()) {  // copy_nonpresent_pte: the child means the same slot
        ++copied->entries;
        entry.bits &= ~parent.mode().swap_exclusive();
        parent.write(*from, entry);
        child.write(*to, entry);
        memory_.swap().duplicate(parent.mode().swap_of(entry));
        ++table.mms[child_mm].swap_entries;
        return true;
    }
    const CopiedOnWrite is_copied = area.is_copied_on_write() ? CopiedOnWrite::yes : CopiedOnWrite::no;
    entry = copy_entry(&parent, *from, &child, *to, is_copied, copied);
    // What the child shares it has not written to.
    if (area.has(vm_flag::kShared)) child.write(*to, {child.read(*to).bits & ~entry_bit::kDirty});
    if (entry.is_zero_page()) return true;
    FrameTable& frames = memory_.frames();
    frames.add_mapcount(entry.pfn(), 1);
    const Pfn head = frames.folio(entry.pfn());
    frames.set_mark(entry.pfn(), page_mark::kExclusive, false);
    ++table.mms[child_mm].rss[static_cast<u32>(rss_kind(memory_, head))];
    return true;
}

}  // namespace mmscope
