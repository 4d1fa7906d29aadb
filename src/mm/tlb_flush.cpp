#include "mm/tlb_flush.h"

#include <algorithm>

#include "mm/address_event.h"
#include "mm/page_table.h"

namespace mmscope {

// choose_new_asid: the ASID that is still this process's, or the next one in turn.
Tlb& TlbFlush::switch_mm(u32 mm) {
    CpuTlb& cpu = on(cpu_);
    const Mm& next = memory_.processes().mms[mm];
    if (!cpu.tlb) cpu.tlb.emplace(memory_.processes().geometry, memory_.processes().mode.levels);
    if (cpu.loaded_mm == mm && cpu.contexts[cpu.asid].id == next.context_id) {
        resume(mm);
        return *cpu.tlb;
    }
    cpu.is_lazy = false;
    u32 asid = 0;
    while (asid < asids() && cpu.contexts[asid].id != next.context_id) ++asid;
    const bool is_known = asid < asids() && asids() != 1;
    if (!is_known && asids() == 1) asid = 0;
    if (!is_known && asids() != 1) {
        asid = cpu.next_asid++;
        if (asid >= asids()) {
            asid = 0;
            cpu.next_asid = 1;
        }
    }
    const bool must_flush = !is_known || cpu.contexts[asid].generation < next.tlb_generation;
    cpu.contexts[asid] = {next.context_id, next.tlb_generation};
    cpu.loaded_mm = mm;
    cpu.asid = static_cast<u8>(asid);
    cpu.tlb->set_asid(asid + 1);  // kern_pcid: 0 is nobody's
    if (must_flush) cpu.tlb->flush_asid(asid + 1);
    trace_.emit(TraceKind::switch_mm, 0, asid + 1, must_flush ? 1 : 0, kNoPfn.value, next.owner, cpu_);
    return *cpu.tlb;
}

// flush_tlb_func: page by page if this flush is the only one that was missed, else everything.
// A leaf of 4 MiB (32 bits without PAE) stands in a TLB in two halves, as in Intel's.
void TlbFlush::flush_on(u32 number, const Mm& mm, const TlbGather& gathered) {
    CpuTlb& cpu = on(number);
    CpuTlb::Context& context = cpu.contexts[cpu.asid];
    const u32 pages = gathered.pages();
    const bool is_whole = pages > kTlbSinglePageFlushCeiling || context.generation + 1 < mm.tlb_generation;
    if (is_whole)
        cpu.tlb->flush_asid(cpu.asid + 1U);
    else
        cpu.tlb->flush_range({gathered.start()}, {gathered.end()}, gathered.stride());
    context.generation = mm.tlb_generation;
    memory_.count(is_whole ? VmCounter::nr_tlb_local_flush_all : VmCounter::nr_tlb_local_flush_one,
                  is_whole ? 1 : pages);
    emit_address(trace_, TraceKind::tlb_flush, gathered.start(), {kNoPfn.value, pages, is_whole ? 1U : 0U, number});
}

// Asks every other CPU that has the process's tables loaded; those that are lazy are left alone unless tables are freed,
// or, before 4.20, change to the kernel's own tables. How many there are.
u32 TlbFlush::flush_others(u32 mm_number, const TlbGather& gathered) {
    const Mm& mm = memory_.processes().mms[mm_number];
    const bool skips_lazy = memory_.profile().lazy_tlb_skips_flush && !gathered.frees_tables();
    u32 others = 0, skipped = 0;
    for (u32 cpu = 0; cpu < memory_.cpus(); ++cpu) {
        if (cpu == cpu_ || on(cpu).loaded_mm != mm_number) continue;
        if (others++ == 0) memory_.count(VmCounter::nr_tlb_remote_flush);
        if (on(cpu).is_lazy && skips_lazy) {
            ++skipped;
        } else if (on(cpu).is_lazy) {
            leave_lazily(cpu, AskedBy::another);
        } else {
            memory_.count(VmCounter::nr_tlb_remote_flush_received);
            emit_address(trace_, TraceKind::tlb_shootdown, gathered.start(), {kNoPfn.value, gathered.pages(), 0, cpu});
            flush_on(cpu, mm, gathered);
        }
    }
    if (skipped != 0) emit_address(trace_, TraceKind::tlb_lazy_skipped, gathered.start(), {kNoPfn.value, skipped});
    return others;
}

// A lazy CPU that flushes by itself drops the tables instead; if others are asked too, it is passed over like them.
void TlbFlush::flush_entries(u32 mm_number, const TlbGather& gathered) {
    Mm& mm = memory_.processes().mms[mm_number];
    ++mm.tlb_generation;
    const bool is_here = on(cpu_).loaded_mm == mm_number, is_lazy = on(cpu_).is_lazy;
    if (is_here && !is_lazy) flush_on(cpu_, mm, gathered);
    const u32 others = flush_others(mm_number, gathered);
    const bool may_wait = others != 0 && memory_.profile().lazy_tlb_skips_flush && !gathered.frees_tables();
    if (is_here && is_lazy && !may_wait) leave_lazily(cpu_, AskedBy::itself);
}

void TlbFlush::flush_page(u32 mm, u64 address) {
    TlbGather page;
    page.add(address, address + kPageSize, 0);
    flush_entries(mm, page);
}

void TlbFlush::flush(u32 mm, const TlbGather& gathered) {
    if (gathered.is_empty()) return;
    if (memory_.profile().flushes_ranges)
        flush_entries(mm, gathered);
    else
        flush_mm(mm);
}

void TlbFlush::flush_mm(u32 mm) {
    TlbGather all;
    all.add(0, memory_.processes().mms[mm].task_size, 0);
    all.add_table(0, 0);
    flush_entries(mm, all);
}

// flush_tlb_func of a lazy CPU: switch_mm to init_mm costs no more than a flush. What the TLB holds stays, and is looked
// at when the process comes back.
void TlbFlush::leave_lazily(u32 number, AskedBy by) {
    CpuTlb& cpu = on(number);
    const bool is_asked = by == AskedBy::another;
    if (is_asked) memory_.count(VmCounter::nr_tlb_remote_flush_received);
    trace_.emit(TraceKind::tlb_leave_mm, 0, is_asked ? 1 : 0, 0, kNoPfn.value,
                memory_.processes().mms[cpu.loaded_mm].owner, number);
    cpu.loaded_mm = kNoMm;
    cpu.is_lazy = false;
}

void TlbFlush::enter_lazy_tlb() {
    if (memory_.processes().cpus.empty()) return;
    CpuTlb& cpu = on(cpu_);
    if (cpu.loaded_mm == kNoMm || cpu.is_lazy) return;
    cpu.is_lazy = true;
    trace_.emit(TraceKind::enter_lazy_tlb, 0, 0, 0, kNoPfn.value, memory_.processes().mms[cpu.loaded_mm].owner, cpu_);
}

void TlbFlush::resume(u32 mm) {
    CpuTlb& cpu = on(cpu_);
    if (!cpu.is_lazy || cpu.loaded_mm != mm) return;
    const Mm& own = memory_.processes().mms[mm];
    CpuTlb::Context& context = cpu.contexts[cpu.asid];
    const bool must_flush = context.generation < own.tlb_generation;
    cpu.is_lazy = false;
    context.generation = own.tlb_generation;
    if (must_flush) cpu.tlb->flush_asid(cpu.asid + 1U);
    trace_.emit(TraceKind::leave_lazy_tlb, 0, cpu.asid + 1U, must_flush ? 1 : 0, kNoPfn.value, own.owner, cpu_);
}

void TlbFlush::flush_kernel_range(u64 start, u64 end) {
    const u32 pages = static_cast<u32>(std::min<u64>((end - start) >> kPageShift, 0xffffffffU));
    const bool is_whole = pages > kTlbSinglePageFlushCeiling;
    memory_.count(VmCounter::nr_tlb_remote_flush_received, is_whole ? memory_.cpus() : 0);
    for (CpuTlb& cpu : memory_.processes().cpus)
        if (is_whole && cpu.tlb) cpu.tlb->flush_all();
    emit_address(trace_, TraceKind::flush_tlb_kernel_range, start, {kNoPfn.value, pages, is_whole ? 1U : 0U});
}

void TlbFlush::leave_mm(u32 mm) {
    for (CpuTlb& cpu : memory_.processes().cpus) {
        if (cpu.loaded_mm != mm) continue;
        cpu.loaded_mm = kNoMm;
        cpu.is_lazy = false;
    }
}

KernelThread::KernelThread(PageAllocator& memory, u32 cpu, Trace& trace) : memory_(memory), cpu_(cpu), trace_(trace) {
    const ProcessTable& table = memory.processes();
    if (table.cpus.empty() || table.cpus[cpu].is_lazy || table.cpus[cpu].loaded_mm == kNoMm) return;
    mm_ = table.cpus[cpu].loaded_mm;
    context_id_ = table.mms[mm_].context_id;
    TlbFlush(memory, cpu, trace).enter_lazy_tlb();
}

KernelThread::~KernelThread() {
    if (mm_ == kNoMm) return;
    const Mm& mm = memory_.processes().mms[mm_];
    if (mm.is_used && mm.context_id == context_id_) TlbFlush(memory_, cpu_, trace_).switch_mm(mm_);
}

namespace {

std::string check_entry(const PageAllocator& memory, u32 mm, const Tlb::View& view) {
    // A view that may write, and does not.
    Trace nobody;
    const PageTables tables(const_cast<PageAllocator&>(memory), mm, 0, nobody);
    const u64 address = view.page << page_shift(view.size);
    const Walk walk = tables.walk(address);
    const std::string where = " (process " + std::to_string(memory.processes().mms[mm].owner) + ", page " +
                              std::to_string(address >> kPageShift) + ")";
    if (!walk.is_leaf()) return "a TLB holds a page that the page tables do not" + where;
    const PageEntry entry = walk.last().entry;
    const Pfn frame{static_cast<u32>(walk.physical(tables.mode(), address) >> kPageShift)};
    if (frame != view.translation.pfn) return "a TLB and the page tables give two frames" + where;
    const bool may_write = (view.translation.bits & entry_bit::kWrite) != 0;
    return may_write && !entry.has(entry_bit::kWrite) ? "a TLB permits writing and the page tables do not" + where : "";
}

}  // namespace

std::string check_tlbs(const PageAllocator& memory) {
    const ProcessTable& processes = memory.processes();
    for (const CpuTlb& cpu : processes.cpus) {
        if (!cpu.tlb) continue;
        if (std::string fault = cpu.tlb->check(); !fault.empty()) return fault;
        for (const Tlb::Structure& structure : cpu.tlb->structures()) {
            if (structure.level == 0) continue;
            for (u32 at = 0; at < structure.shape.entries; ++at) {
                const auto view = cpu.tlb->view(structure, at / structure.shape.ways, at % structure.shape.ways);
                if (!view) continue;
                const CpuTlb::Context& context = cpu.contexts[view->asid - 1U];
                for (u32 mm = 0; mm < processes.mms.size(); ++mm) {
                    const Mm& owner = processes.mms[mm];
                    if (!owner.is_used || owner.context_id != context.id || owner.tlb_generation != context.generation)
                        continue;
                    if (std::string fault = check_entry(memory, mm, *view); !fault.empty()) return fault;
                }
            }
        }
    }
    return "";
}

}  // namespace mmscope
