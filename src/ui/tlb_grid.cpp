#include "ui/tlb_grid.h"

#include <algorithm>
#include <cmath>

#include "mm/tlb_geometry.h"
#include "play/process_view.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr u32 kGridIds = 0x8000;
constexpr u32 kMostSets = 128;  // columns; a larger structure shows its first sets

std::string counts_text(const TlbCounts& counts) {
    u64 lookups = 0, misses = 0, walks = 0;
    for (u32 side = 0; side < kTlbSides; ++side) {
        lookups += counts.lookups[side];
        misses += counts.l1_misses[side];
        walks += counts.walks[side];
    }
    return grouped(lookups) + " lookups, " + grouped(misses) + " missed L1, " + grouped(walks) + " walked";
}

// The newer an entry is in its set, the stronger; of another ASID than the one that runs, grey.
void draw_entry(const Painter& p, Rect cell, const Tlb::View& view, bool is_current, u32 ways) {
    const Color color = is_current ? owner_color(Owner::page_table) : p.theme()[Ink::quiet];
    const double strength = 1 - 0.6 * view.age / std::max(1U, ways);
    p.fill(cell, blend(p.theme()[Ink::panel], color, strength));
}

// Of a paging-structure cache the level whose walks it shortens, from the PT up; they stand behind all other structures,
// those without entries left out.
u32 walk_level_of(const Tlb& tlb, u32 number) {
    u32 before = 0;
    for (u32 i = 0; i < number; ++i) before += tlb.structures()[i].level == 0 ? 1 : 0;
    u32 level = 0;
    while (level + 1 < kWalkLevels && (tlb.geometry().walk_cache_entries[level] == 0 || before-- != 0)) ++level;
    return level;
}

// The bits of an address that an entry does not have.
u32 shift_of(const Tlb& tlb, u32 number, const Tlb::View& view) {
    return tlb.structures()[number].level == 0 ? 21 + 9 * walk_level_of(tlb, number) : page_shift(view.size);
}

std::vector<std::string> entry_lines(const Tlb& tlb, u32 number, const Tlb::View& view) {
    const std::string asid = "ASID " + std::to_string(view.asid);
    const bool is_page = tlb.structures()[number].level != 0;
    return {(is_page ? "page " : "from ") + hex(view.page << shift_of(tlb, number, view)),
            is_page ? asid + ", frame " + hex(view.translation.pfn.value) : asid,
            view.age == 0 ? "the last one used in its set" : std::to_string(view.age) + " of its set are newer"};
}

bool is_empty(const Tlb& tlb, const Tlb::Structure& structure) {
    for (u32 set = 0; set < structure.shape.sets(); ++set)
        for (u32 way = 0; way < structure.shape.ways; ++way)
            if (tlb.view(structure, set, way)) return false;
    return true;
}

// "L1D 16x4", "L2 128x12", "PDE 32": where it stands, and its sets times ways.
std::string label_of(const Tlb& tlb, u32 number) {
    const Tlb::Structure& structure = tlb.structures()[number];
    constexpr const char* kWalkCaches[kWalkLevels] = {"PDE", "PDPTE", "PML4E", ""};
    if (structure.level == 0)
        return std::string(kWalkCaches[walk_level_of(tlb, number)]) + " " + std::to_string(structure.shape.entries);
    bool serves[kTlbSides] = {};
    for (u32 side = 0; side < kTlbSides; ++side)
        for (u32 size = 0; size < kPageSizes; ++size)
            serves[side] |= tlb.structure(structure.level, static_cast<TlbSide>(side), static_cast<PageSize>(size)) ==
                            &structure;
    const char* side = serves[0] == serves[1] ? "" : serves[0] ? "I" : "D";
    return "L" + std::to_string(structure.level) + side + " " + std::to_string(structure.shape.sets()) + "\xc3\x97" +
           std::to_string(structure.shape.ways);
}

// Whether it translates, or leads to, the page that was accessed last.
bool is_accessed(const std::optional<AccessView>& access, const Tlb& tlb, u32 number, const Tlb::View& view) {
    constexpr u64 kPageBits = (u64{1} << 48) - 1;
    return access && view.page == (access->address >> shift_of(tlb, number, view) & kPageBits);
}

// Sets are columns and ways rows; one set alone lies down.
float draw_structure(PanelContext& context, const Painter& p, Rect place, const Tlb& tlb, u32 number, u16 asid,
                     u32 id) {
    const Tlb::Structure& structure = tlb.structures()[number];
    const std::optional<AccessView> access = last_access(context.snapshot);
    const bool lies = structure.shape.sets() == 1;
    const u32 sets = std::min(structure.shape.sets(), kMostSets), ways = std::min(structure.shape.ways, kMostSets);
    const u32 columns = lies ? ways : sets, rows = lies ? 1 : ways;
    const float side = std::clamp(std::floor(place.width() / static_cast<float>(columns)), p.px(3), p.px(9));
    const Rect grid{place.x0, place.y0, place.x0 + side * static_cast<float>(columns),
                    place.y0 + side * static_cast<float>(rows)};
    const auto view_at = [&](u32 column, u32 row) {
        return lies ? tlb.view(structure, 0, column) : tlb.view(structure, column, row);
    };
    for (u32 column = 0; column < columns; ++column) {
        for (u32 row = 0; row < rows; ++row) {
            const float x = grid.x0 + side * static_cast<float>(column), y = grid.y0 + side * static_cast<float>(row);
            const Rect cell{x, y, x + side - p.hairline(), y + side - p.hairline()};
            const auto view = view_at(column, row);
            if (!view) {
                p.fill(cell, p.theme()[Ink::raised]);
                continue;
            }
            draw_entry(p, cell, *view, view->asid == asid, structure.shape.ways);
            if (view->asid == asid && is_accessed(access, tlb, number, *view))
                p.frame(cell.inset(-p.px(1.5F)), p.theme()[Ink::text], p.px(1.5F));
        }
    }
    const u32 hidden = structure.shape.entries / (lies ? 1 : structure.shape.ways) - columns;
    float below = 0;
    if (hidden != 0) {
        below = p.px(14);
        p.text({grid.x0, grid.y1, place.x1, grid.y1 + below}, p.words(Size::small, Ink::quiet),
               "and " + grouped(hidden) + (lies ? " ways more" : " sets more"));
    }
    const Touch found = touch(id, grid);
    if (found.hovered) {
        const u32 column = std::min(columns - 1, static_cast<u32>(std::max(0.0F, (found.x - grid.x0) / side)));
        const u32 row = std::min(rows - 1, static_cast<u32>(std::max(0.0F, (found.y - grid.y0) / side)));
        if (const auto view = view_at(column, row)) {
            if (!context.by_touch) tooltip(context, entry_lines(tlb, number, *view));
            if (view->translation.pfn != kNoPfn) context.view.hover.point_at(Thing::frame(view->translation.pfn));
        }
    }
    return grid.height() + below;
}

}  // namespace

float draw_tlbs(PanelContext& context, const Painter& p, Rect place) {
    const float top = place.y0;
    const ProcessTable& table = context.memory().processes();
    for (u32 cpu = 0; cpu < table.cpus.size(); ++cpu) {
        const CpuTlb& mine = table.cpus[cpu];
        if (!mine.tlb) continue;
        Rect head = place.cut_top(p.px(metric::kRow));
        std::string name = "TLB of CPU " + std::to_string(cpu);
        if (mine.loaded_mm != kNoMm)
            name += ", process " + std::to_string(table.mms[mine.loaded_mm].owner) + ", ASID " +
                    std::to_string(mine.asid + 1) + (mine.is_lazy ? ", lazy" : "");
        head.cut_left(p.text(head, p.words(Size::small), name) + p.px(10));
        p.text(head, p.words(Size::small, Ink::quiet), counts_text(mine.tlb->counts()));
        for (u32 i = 0; i < mine.tlb->structures().size(); ++i) {
            const Tlb::Structure& structure = mine.tlb->structures()[i];
            if (is_empty(*mine.tlb, structure)) continue;
            Rect row = place;
            const Rect label = row.cut_left(p.px(66));
            p.text({label.x0, label.y0, label.x1, label.y0 + p.px(14)}, p.words(Size::small, Ink::quiet),
                   label_of(*mine.tlb, i));
            const float high =
                draw_structure(context, p, row, *mine.tlb, i, static_cast<u16>(mine.asid + 1), kGridIds + cpu * 16 + i);
            place.cut_top(std::max(high, p.px(14)) + p.px(4));
        }
    }
    return place.y0 - top;
}

}  // namespace mmscope
