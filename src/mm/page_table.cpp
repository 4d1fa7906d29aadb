#include "mm/page_table.h"

#include <cassert>
#include <utility>

#include "mm/address_event.h"

namespace mmscope {

namespace {

constexpr Gfp kTableMask{gfp::kKernel | gfp::kAccount | gfp::kZero};
constexpr u32 kPaeLevels = 3, kPaeTopEntries = 4;  // no other mode has three levels

}  // namespace

Pfn PageTables::make_table(u32 height, u64 address, u32 call) {
    const u64 owner = mm().context_id;
    const Pfn pfn = memory_.alloc_pages(kTableMask, {0}, call, cpu_, trace_);
    if (pfn == kNoPfn) return pfn;
    FrameTable& frames = memory_.frames();
    frames.states()[pfn.value] = frame_state::allocated_head(Migratetype::unmovable, Owner::page_table);
    frames.mark_dirty(pfn);
    if (!mm().is_used || mm().context_id != owner) {  // the OOM killer took its process away meanwhile
        memory_.free_pages(pfn, {0}, cpu_, trace_);
        return kNoPfn;
    }
    frames.set_table_slot(pfn, store().take(pfn, height));
    if (height + 1U < mode().levels) ++mm().tables[height];
    emit_address(trace_, TraceKind::pte_alloc, address, {pfn.value, mm().owner, height});
    return pfn;
}

void PageTables::free_table(Pfn pfn, u32 height) {
    store().give_back(memory_.frames().table_slot(pfn));
    if (height + 1U < mode().levels) --mm().tables[height];
    trace_.emit(TraceKind::pte_free, 0, height, 0, pfn.value, 0, mm().owner);
    memory_.free_pages(pfn, {0}, cpu_, trace_);
}

bool PageTables::make_top(u32 call) {
    const Pfn pfn = make_table(mode().levels - 1U, 0, call);
    if (pfn == kNoPfn) return false;
    mm().pgd = pfn;
    if (mode().levels != kPaeLevels || make_pae_pmds(call)) return true;
    free_top();
    return false;
}

// The four entries of PAE's topmost table have no other bits than P.
void PageTables::point_to(EntryPlace place, u32 height, Pfn table) {
    const bool is_pae_top = mode().levels == kPaeLevels && height + 1U == kPaeLevels;
    write(place, PageEntry::of(table, is_pae_top ? entry_bit::kPresent : entry_bit::kTable));
}

// preallocate_pmds, pgd_prepopulate_pmd: the processor reads the topmost entries only when CR3 is written.
bool PageTables::make_pae_pmds(u32 call) {
    for (u32 index = 0; index < memory_.profile().pae_pmds_from_start; ++index) {
        const Pfn table = make_table(kPaeLevels - 2, index * mode().span(kPaeLevels - 1), call);
        if (table == kNoPfn) return false;
        point_to({top_slot(), index}, kPaeLevels - 1, table);
    }
    return true;
}

// With PAE the PMD tables that are left go first (pgd_mop_up_pmds).
void PageTables::free_top() {
    for (u32 index = 0; mode().levels == kPaeLevels && index < kPaeTopEntries; ++index) {
        const PageEntry entry = read({top_slot(), index});
        if (!entry.is_present()) continue;
        write({top_slot(), index}, {});
        free_table(entry.pfn(), kPaeLevels - 2);
    }
    free_table(mm().pgd, mode().levels - 1U);
    mm().pgd = kNoPfn;
}

Walk PageTables::walk(u64 address) const {
    Walk walk;
    Pfn table = mm().pgd;
    for (u32 height = mode().levels; height-- > 0;) {
        const u32 index = mode().index(address, height);
        const PageEntry entry = read({memory_.frames().table_slot(table), index});
        walk.steps[walk.count++] = {static_cast<u8>(height), index,
                                    (u64{table.value} << kPageShift) + u64{index} * mode().entry_bytes, entry};
        if (!entry.is_present() || Walk::is_leaf_at(walk.last())) break;
        table = entry.pfn();
    }
    return walk;
}

std::optional<EntryPlace> PageTables::find_at(u64 address, u32 height) const {
    u32 slot = top_slot();
    for (u32 at = mode().levels - 1U; at > height; --at) {
        const PageEntry entry = read({slot, mode().index(address, at)});
        if (!entry.is_present() || entry.has(entry_bit::kLarge)) return std::nullopt;
        slot = slot_of(entry);
    }
    return EntryPlace{slot, mode().index(address, height)};
}

std::optional<EntryPlace> PageTables::make(u64 address, u32 height, u32 call) {
    u32 slot = top_slot();
    for (u32 at = mode().levels - 1U; at > height; --at) {
        const EntryPlace place{slot, mode().index(address, at)};
        const PageEntry entry = read(place);
        assert(!entry.has(entry_bit::kLarge) || !entry.is_present());
        if (entry.is_present()) {
            slot = slot_of(entry);
            continue;
        }
        const Pfn table = make_table(at - 1, address, call);
        if (table == kNoPfn) return std::nullopt;
        point_to(place, at, table);
        slot = memory_.frames().table_slot(table);
    }
    return EntryPlace{slot, mode().index(address, height)};
}

void PageTables::write(EntryPlace place, PageEntry entry) {
    store().write(place.slot, place.index, mode().entry_bytes, entry);
}

std::optional<EntryPlace> PageTables::find_huge(u64 address) const {
    const std::optional<EntryPlace> place = find_at(address, 1);
    return place && read(*place).has(entry_bit::kLarge) ? place : std::nullopt;
}

// The tables that wait beside the leaves of one PD are a ring: the new one becomes its first, and who was first its last.
void PageTables::deposit(EntryPlace leaf, u64 address, Pfn table) {
    std::vector<DepositedTable>& deposited = mm().deposited;
    DepositedTable last{leaf.slot, table};
    for (DepositedTable& first : deposited) {
        if (first.slot != leaf.slot) continue;
        std::swap(first, last);
        break;
    }
    deposited.push_back(last);
    emit_address(trace_, TraceKind::pgtable_trans_huge_deposit, address, {table.value, mm().owner});
}

Pfn PageTables::withdraw(EntryPlace leaf) {
    std::vector<DepositedTable>& deposited = mm().deposited;
    const auto first = std::find_if(deposited.begin(), deposited.end(),
                                    [&](const DepositedTable& table) { return table.slot == leaf.slot; });
    assert(first != deposited.end());
    const Pfn table = first->pfn;
    deposited.erase(first);
    return table;
}

std::vector<PageTables::Detached> PageTables::detach_range(u64 start, u64 end, u64 floor, u64 ceiling) {
    std::vector<Detached> gone;
    detach_below(top_slot(), mode().levels - 1U, 0, {start, end, floor, ceiling}, &gone);
    return gone;
}

void PageTables::free_detached(const std::vector<Detached>& tables) {
    for (const Detached& detached : tables) free_table(detached.table, detached.height);
}

// Detaches what hangs below the entries of one table that meet the range; true: this table itself serves nothing
// outside [floor, ceiling), so whoever points to it may detach it.
bool PageTables::detach_below(u32 slot, u32 height, u64 base, const Freed& freed, std::vector<Detached>* gone) {
    const u64 span = mode().span(height), end = std::min(freed.end, base + mode().span(height + 1));
    for (u64 at = std::max(freed.start, base); height != 0 && at < end; at = (at & ~(span - 1)) + span) {
        const EntryPlace place{slot, mode().index(at, height)};
        const PageEntry entry = read(place);
        if (!entry.is_present() || entry.has(entry_bit::kLarge)) continue;
        const u64 below = at & ~(span - 1);
        if (!detach_below(slot_of(entry), height - 1, below, freed, gone)) continue;
        write(place, {});
        gone->push_back({entry.pfn(), height - 1, below});
    }
    if (height + 1U == mode().levels) return false;
    return base >= freed.floor && (freed.ceiling == 0 || base + mode().span(height + 1) <= freed.ceiling);
}

std::string PageTables::check_table(u32 slot, u32 height, std::array<u32, kMostTableLevels>* tables) const {
    const std::string where = " (process " + std::to_string(mm().owner) + ", " + std::string(kTableLevelNames[height]) +
                              " in pfn " + std::to_string(store().frame(slot).value) + ")";
    const Pfn frame = store().frame(slot);
    if (frame == kNoPfn || memory_.frames().table_slot(frame) != slot)
        return "a page table and its frame do not know each other" + where;
    if (memory_.frames().state(frame) != frame_state::allocated_head(Migratetype::unmovable, Owner::page_table))
        return "a page table's frame has another use" + where;
    ++(*tables)[height];
    u32 used = 0;
    for (u32 index = 0; index < mode().entries(); ++index) {
        const PageEntry entry = read({slot, index});
        if (entry.is_none()) continue;
        ++used;
        if (height == 0 || entry.has(entry_bit::kLarge)) continue;
        if (std::string fault = check_table(slot_of(entry), height - 1, tables); !fault.empty()) return fault;
    }
    return used == store().used(slot) ? "" : "a page table's entries and their count disagree" + where;
}

// Beside every leaf of a PD, but for hugetlb memory, one empty table waits.
std::string PageTables::check_deposited() const {
    std::vector<u32> leaves;
    for_each(0, mm().task_size, [&](u64 address, EntryPlace place, PageEntry, u32 height) {
        if (height != 1) return;
        const Vma* const area = mm().area_of(address);  // hugetlb memory is never split
        if (area == nullptr || !area->is_hugetlb()) leaves.push_back(place.slot);
    });
    const std::string where = " (process " + std::to_string(mm().owner) + ")";
    for (const DepositedTable& table : mm().deposited) {
        const u32 slot = slot_of(table.pfn);
        if (slot >= store().slots() || store().frame(slot) != table.pfn || store().used(slot) != 0)
            return "a table that waits beside a huge page is none, or is not empty" + where;
        const auto leaf = std::find(leaves.begin(), leaves.end(), table.slot);
        if (leaf == leaves.end()) return "a table waits beside no huge page" + where;
        leaves.erase(leaf);
    }
    return leaves.empty() ? "" : "no table waits beside a huge page" + where;
}

std::string PageTables::check() const {
    std::array<u32, kMostTableLevels> tables{};
    if (std::string fault = check_table(top_slot(), mode().levels - 1U, &tables); !fault.empty()) return fault;
    tables[mode().levels - 1U] = 0;
    tables[0] += static_cast<u32>(mm().deposited.size());
    if (std::string fault = check_deposited(); !fault.empty()) return fault;
    return tables == mm().tables
               ? ""
               : "the page tables and their count disagree (process " + std::to_string(mm().owner) + ")";
}

}  // namespace mmscope
