// The processor's half of an access: the TLB, the walk, the fault.
#include <algorithm>
#include <utility>

#include "mm/address_event.h"
#include "mm/fault.h"
#include "mm/fork.h"
#include "mm/tlb_flush.h"
#include "mm/writeback.h"

namespace mmscope {

namespace {

constexpr u32 kNoExecuteInTlb = u32{1} << 31;
constexpr u32 kMostRetries = 64;  // each brings an access further; none needs more than a few

u32 bits_in_tlb(PageEntry entry) {
    return static_cast<u32>(entry.bits & 0xfff) | (entry.has(entry_bit::kNoExecute) ? kNoExecuteInTlb : 0);
}

bool permits(u32 bits, Access access) {
    if ((bits & entry_bit::kUser) == 0) return false;
    if (access == Access::write) return (bits & entry_bit::kWrite) != 0;
    return access == Access::read || (bits & kNoExecuteInTlb) == 0;
}

// The frame of an address in a page of this size whose translation begins at `first`.
Pfn frame_at(Pfn first, u64 address, PageSize size) {
    return first + static_cast<u32>((address & ((u64{1} << page_shift(size)) - 1)) >> kPageShift);
}

TlbSide side_of(Access access) { return access == Access::fetch ? TlbSide::instruction : TlbSide::data; }

}  // namespace

// The entries that the walk read itself: those above came from the paging-structure caches.
void Mmu::emit_walk(const Walk& walk, u32 first_height, u64 address) {
    for (u32 at = 0; at < walk.count; ++at) {
        const WalkStep& step = walk.steps[at];
        if (step.height > first_height) continue;
        const u32 target = step.entry.is_present() ? step.entry.pfn().value : 0;
        emit_address(trace_, TraceKind::page_walk, address,
                     {static_cast<u32>(step.entry_address >> kPageShift), target, step.height, step.entry.summary()});
    }
}

// A translation that was only read through so far: the processor goes to the entry again and sets D.
void Mmu::set_dirty(u32 mm, Tlb& tlb, u64 address, Tlb::Translation translation) {
    PageTables tables(memory_, mm, cpu_, trace_);
    const Walk walk = tables.walk(address);
    if (!walk.is_leaf()) return;
    const u32 height = walk.last().height;
    const std::optional<EntryPlace> place = tables.find_at(address, height);
    const PageEntry entry{tables.read(*place).bits | entry_bit::kDirty | entry_bit::kAccessed};
    tables.write(*place, entry);
    translation.bits = bits_in_tlb(entry);
    tlb.fill(TlbSide::data, {address}, static_cast<PageSize>(height), Tlb::Scope::asid, translation);
}

Mmu::Tried Mmu::walk(u32 mm, Tlb& tlb, u64 address, Access access, Pfn* pfn, u32* code) {
    PageTables tables(memory_, mm, cpu_, trace_);
    const Walk walk = tables.walk(address);
    const u32 last = walk.last().height;
    const u32 deepest = std::min<u32>(last, static_cast<u32>(WalkLevel::pml4));
    const WalkLevel first = tlb.begin_walk(side_of(access), {address}, static_cast<WalkLevel>(deepest));
    // The TLB knows nothing of a fifth level: a walk from its top is one from ours.
    const bool is_from_top = first == WalkLevel::pml4;
    emit_walk(walk, is_from_top ? tables.mode().levels - 1U : static_cast<u32>(first), address);
    if (!walk.is_leaf()) return Tried::fault;
    *code |= fault_code::kProtection;
    PageEntry entry = walk.last().entry;
    if (!permits(bits_in_tlb(entry), access)) return Tried::fault;
    entry.bits |= entry_bit::kAccessed | (access == Access::write ? entry_bit::kDirty : 0);
    tables.write(*tables.find_at(address, last), entry);
    *pfn = entry.pfn() + static_cast<u32>((address & (tables.mode().span(last) - 1)) >> kPageShift);
    // A leaf of 4 MiB is held as its two halves.
    const PageSize size = static_cast<PageSize>(last);
    const Pfn begin{pfn->value & ~((1U << (page_shift(size) - kPageShift)) - 1)};
    tlb.fill(side_of(access), {address}, size, Tlb::Scope::asid, {begin, bits_in_tlb(entry)});
    emit_address(trace_, TraceKind::tlb_fill, address, {pfn->value, 0, last});
    return Tried::reached;
}

Mmu::Tried Mmu::try_access(u32 mm, u64 address, Access access, Pfn* pfn, u32* code) {
    Tlb& tlb = TlbFlush(memory_, cpu_, trace_).switch_mm(mm);
    *code = fault_code::kUser | (access == Access::write ? fault_code::kWrite : 0);
    if (access == Access::fetch && memory_.processes().mode.has_nx) *code |= fault_code::kFetch;
    const Tlb::Found found = tlb.look_up(side_of(access), {address});
    if (found.level == TlbLevel::walk) {
        emit_access(trace_, TraceKind::tlb_miss, address,
                     {kNoPfn.value, memory_.processes().mms[mm].owner, static_cast<u32>(access)});
        return walk(mm, tlb, address, access, pfn, code);
    }
    *pfn = frame_at(found.translation.pfn, address, found.size);
    emit_address(trace_, TraceKind::tlb_hit, address, {pfn->value, 0, static_cast<u32>(found.level) + 1});
    if (!permits(found.translation.bits, access)) {
        tlb.forget({address});  // a fault drops what it was about
        *code |= fault_code::kProtection;
        return Tried::fault;
    }
    if (access == Access::write && (found.translation.bits & entry_bit::kDirty) == 0)
        set_dirty(mm, tlb, address, found.translation);
    return Tried::reached;
}

AccessResult Mmu::kill(u32 pid, u64 address, Signal signal, SignalCode code, u32 faults) {
    emit_access(trace_, TraceKind::signal_generate, address,
                 {kNoPfn.value, pid, static_cast<u32>(signal), static_cast<u32>(code)});
    ProcessControl(memory_, cpu_, call_, trace_).exit(pid, signal);
    AccessResult result;
    result.faults = faults;
    result.signal = signal;
    return result;
}

namespace {

// The flusher has its turn when the access has come through: an instruction is faster than a disk, and what it is about
// to write to shall not be made clean before.
void run_others(PageAllocator& memory, u32 cpu, Trace& trace) {
    MappingTable& table = memory.mapping_table();
    const MappingTable::Flusher woken = std::exchange(table.flusher, MappingTable::Flusher::asleep);
    memory.run_daemons(cpu, trace);
    if (table.flusher == MappingTable::Flusher::asleep) table.flusher = woken;
}

}  // namespace

AccessResult Mmu::access(u32 pid, u64 address, Access access) {
    AccessResult result;
    const u32 kind = static_cast<u32>(access);
    emit_access(trace_, TraceKind::mmu_access, address, {kNoPfn.value, pid, kind});
    // A general protection fault: the signal says no address (si_addr is 0), and nothing is looked up.
    if (!memory_.processes().mode.is_canonical(address))
        return kill(pid, address, Signal::sigsegv, SignalCode::kernel, 0);
    for (u32 attempt = 0; attempt < kMostRetries; ++attempt) {
        const u32 mm = memory_.processes().processes[pid - 1].mm;
        u32 code = 0;
        if (try_access(mm, address, access, &result.pfn, &code) == Tried::reached) {
            emit_address(trace_, TraceKind::access_frame, address, {result.pfn.value, 0, kind});
            if (memory_.mapping_table().flusher != MappingTable::Flusher::asleep)
                Writeback(memory_, cpu_, trace_).run_flusher();
            return result;
        }
        const bool is_kernels = address >= memory_.processes().mms[mm].task_size;
        if (is_kernels) code |= fault_code::kProtection;  // a process shall not learn what is mapped there
        emit_access(trace_, TraceKind::page_fault_user, address, {kNoPfn.value, code, kind});
        result.pfn = kNoPfn;
        const FaultResult handled =
            is_kernels ? FaultResult::no_area : FaultHandler(memory_, mm, cpu_, call_, trace_).handle(address, access);
        switch (handled) {
            case FaultResult::done:
                break;
            case FaultResult::no_area:
                return kill(pid, address, Signal::sigsegv, SignalCode::maperr, result.faults);
            case FaultResult::no_right:
                return kill(pid, address, Signal::sigsegv, SignalCode::accerr, result.faults);
            case FaultResult::beyond_file:
            case FaultResult::no_space:
                return kill(pid, address, Signal::sigbus, SignalCode::adrerr, result.faults);
            case FaultResult::no_huge_page:
                return kill(pid, address, Signal::sigbus, SignalCode::no_huge_page, result.faults);
            default:
                result.is_out_of_memory = true;
                if (!memory_.processes().is_alive(pid)) result.signal = Signal::sigkill;
                return result;
        }
        ++result.faults;
        run_others(memory_, cpu_, trace_);  // back in user mode: whoever was woken runs first
        if (!memory_.processes().is_alive(pid)) {
            result.signal = Signal::sigkill;
            return result;
        }
        emit_access(trace_, TraceKind::retry_access, address, {kNoPfn.value, pid, kind});
    }
    result.is_out_of_memory = true;
    return result;
}

}  // namespace mmscope
