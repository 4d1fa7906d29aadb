#include "ui/tlb_grid.h"

#include <algorithm>
#include <cmath>

#include "mm/tlb_geometry.h"
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

std::vector<std::string> entry_lines(const Tlb::View& view) {
    return {"page " + hex(view.page << kPageShift),
            "ASID " + std::to_string(view.asid) + ", frame " + hex(view.translation.pfn.value),
            view.age == 0 ? "the last one used in its set" : std::to_string(view.age) + " of its set are newer"};
}

bool is_empty(const Tlb& tlb, const Tlb::Structure& structure) {
    for (u32 set = 0; set < structure.shape.sets(); ++set)
        for (u32 way = 0; way < structure.shape.ways; ++way)
            if (tlb.view(structure, set, way)) return false;
    return true;
}

float draw_structure(PanelContext& context, const Painter& p, Rect place, const Tlb& tlb, u32 number, u16 asid,
                     u32 id) {
    const Tlb::Structure& structure = tlb.structures()[number];
    const u32 sets = std::min(structure.shape.sets(), kMostSets), ways = structure.shape.ways;
    const float side = std::clamp(std::floor(place.width() / static_cast<float>(sets)), p.px(3), p.px(9));
    const Rect grid{place.x0, place.y0, place.x0 + side * static_cast<float>(sets),
                    place.y0 + side * static_cast<float>(ways)};
    for (u32 set = 0; set < sets; ++set) {
        for (u32 way = 0; way < ways; ++way) {
            const float x = grid.x0 + side * static_cast<float>(set), y = grid.y0 + side * static_cast<float>(way);
            const Rect cell{x, y, x + side - p.hairline(), y + side - p.hairline()};
            const auto view = tlb.view(structure, set, way);
            if (!view) {
                p.fill(cell, p.theme()[Ink::raised]);
                continue;
            }
            draw_entry(p, cell, *view, view->asid == asid, ways);
        }
    }
    const Touch found = touch(id, grid);
    if (found.hovered) {
        const u32 set = std::min(sets - 1, static_cast<u32>(std::max(0.0F, (found.x - grid.x0) / side)));
        const u32 way = std::min(ways - 1, static_cast<u32>(std::max(0.0F, (found.y - grid.y0) / side)));
        if (const auto view = tlb.view(structure, set, way)) {
            if (!context.by_touch) tooltip(context, entry_lines(*view));
            if (view->translation.pfn != kNoPfn) context.view.hover.point_at(Thing::frame(view->translation.pfn));
        }
    }
    return grid.height();
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
            if (structure.level == 0 || is_empty(*mine.tlb, structure)) continue;
            Rect row = place;
            const Rect label = row.cut_left(p.px(66));
            p.text({label.x0, label.y0, label.x1, label.y0 + p.px(14)}, p.words(Size::small, Ink::quiet),
                   "L" + std::to_string(structure.level) + " " + std::to_string(structure.shape.sets()) + "\xc3\x97" +
                       std::to_string(structure.shape.ways));
            const float high =
                draw_structure(context, p, row, *mine.tlb, i, static_cast<u16>(mine.asid + 1), kGridIds + cpu * 16 + i);
            place.cut_top(std::max(high, p.px(14)) + p.px(4));
        }
    }
    return place.y0 - top;
}

}  // namespace mmscope
