#include "ui/process_panel.h"

#include <algorithm>
#include <cmath>

#include "play/process_view.h"
#include "ui/text.h"
#include "ui/tlb_grid.h"

namespace mmscope {

namespace {

constexpr u32 kProcessIds = 0x100;
constexpr u32 kAreaIds = 0x1000;
constexpr u32 kWalkIds = 0x40;
constexpr float kTwoColumns = 720;  // CSS pixels from which the walk stands beside the areas
constexpr float kLeastCell = 3;     // a page thinner than this is told as a share

// Inside a step its access is shown, until somebody chooses something else there.
bool follows_step(const PanelContext& context) { return context.snapshot.event != 0 && !context.view.is_walk_new; }

// Who is shown: inside a step who makes the access; else whom somebody chose, who made the last one, or the youngest.
u32 shown_process(const PanelContext& context, const std::vector<ProcessView>& processes) {
    const std::optional<AccessView> access = last_access(context.snapshot);
    if (access && (follows_step(context) || context.view.pid == 0)) return access->pid;
    for (const ProcessView& process : processes)
        if (process.pid == context.view.pid) return process.pid;
    return processes.back().pid;
}

float draw_processes(PanelContext& context, const Painter& p, Rect place, const std::vector<ProcessView>& processes,
                     u32 shown) {
    const float top = place.y0, line = p.px(context.by_touch ? 30 : metric::kRow);
    Rect row = place.cut_top(line);
    for (u32 i = 0; i < processes.size(); ++i) {
        const ProcessView& process = processes[i];
        const std::string name = process.pid == kInitPid ? "init" : "process " + std::to_string(process.pid);
        const float wide = p.width(p.words(), name) + p.px(16);
        if (wide > row.width() && row.x0 > place.x0) row = place.cut_top(line);
        const Rect tab = row.cut_left(wide);
        const bool is_shown = process.pid == shown;
        p.text(tab, p.words(Size::small, is_shown ? Ink::text : Ink::quiet), name);
        if (is_shown) p.fill({tab.x0, tab.y1 - p.px(3), tab.x1 - p.px(16), tab.y1 - p.px(2)}, p.theme()[Ink::accent]);
        if (!touch(kProcessIds + i, tab).pressed) continue;
        context.view.pid = process.pid;
        context.view.is_walk_new = true;
    }
    return place.y0 - top;
}

void draw_page(const PanelContext& context, const Painter& p, Rect cell, PageEntry entry) {
    if (!entry.has_page()) {
        p.hatch(cell, p.theme()[Ink::quiet], 4);  // on swap
        return;
    }
    const Color color = entry.is_zero_page() ? p.theme()[Ink::quiet] : frame_color(context.frames().state(entry.pfn()));
    if (entry.is_zero_page()) {
        p.frame(cell, color, p.hairline());
        return;
    }
    p.fill(cell, entry.has(entry_bit::kWrite) ? color : blend(p.theme()[Ink::panel], color, 0.6));
}

bool is_lit(const PanelContext& context, PageEntry entry, u32 pages) {
    for (const Thing* thing : {&context.view.hover.now(), &context.view.selection.selected()})
        if (thing->is(Thing::Kind::frame) && entry.has_page() && thing->pfn - entry.pfn() < pages) return true;
    return false;
}

// One piece, however thin single pages are.
void draw_huge_page(const PanelContext& context, const Painter& p, Rect strip, const AreaView& area,
                    const PageView& page) {
    const auto x_of = [&](u64 address) {
        const double share = static_cast<double>(address - area.start) / static_cast<double>(area.end - area.start);
        return std::round(strip.x0 + strip.width() * static_cast<float>(share));
    };
    const float x0 = x_of(page.address), x1 = std::max(x_of(page.end()) - p.hairline(), x0 + p.hairline());
    draw_page(context, p, {x0, strip.y0, x1, strip.y1}, page.entry);
    if (is_lit(context, page.entry, page.pages)) p.frame({x0, strip.y0, x1, strip.y1}, p.theme()[Ink::text], p.px(2));
}

// Of an area whose pages are too many to be told apart: which part of each piece has pages.
void draw_shares(const PanelContext& context, const Painter& p, Rect strip, const AreaView& area,
                 const std::vector<PageView>& pages) {
    const float wide = p.px(6);
    const double scale = strip.width() / static_cast<double>(area.end - area.start);
    for (size_t at = 0; at < pages.size();) {
        if (pages[at].pages > 1) {
            draw_huge_page(context, p, strip, area, pages[at++]);
            continue;
        }
        const float x0 =
            strip.x0 +
            std::floor(static_cast<float>(static_cast<double>(pages[at].address - area.start) * scale) / wide) * wide;
        const size_t first = at;
        while (at < pages.size() && pages[at].pages == 1 &&
               strip.x0 + static_cast<float>(static_cast<double>(pages[at].address - area.start) * scale) < x0 + wide)
            ++at;
        const double room = wide / scale / kPageSize;
        const double share = std::min(1.0, static_cast<double>(at - first) / room);
        const float y = strip.y1 - std::max(p.px(1), std::round(strip.height() * static_cast<float>(share)));
        const Rect piece{x0, y, std::min(x0 + wide - p.hairline(), strip.x1), strip.y1};
        const auto has_page = [](const PageView& page) { return page.entry.has_page(); };
        const auto page = std::find_if(pages.begin() + static_cast<std::ptrdiff_t>(first),
                                       pages.begin() + static_cast<std::ptrdiff_t>(at), has_page);
        if (page == pages.begin() + static_cast<std::ptrdiff_t>(at))
            p.hatch(piece, p.theme()[Ink::quiet], 4);  // all of them on swap
        else
            p.fill(piece, frame_color(context.frames().state(page->entry.pfn())));
    }
}

std::string area_label(const AreaView& area) { return hex(area.start).substr(2) + " " + area.rights; }

void point_at_page(PanelContext& context, Rect strip, const AreaView& area, const std::vector<PageView>& pages, u32 pid,
                   const Touch& found) {
    const double at = (found.x - strip.x0) / strip.width() * static_cast<double>(area.end - area.start);
    const u64 address = page_floor(area.start + static_cast<u64>(std::max(0.0, at)));
    const auto is_before = [](const PageView& page, u64 wanted) { return page.end() <= wanted; };
    const auto page = std::lower_bound(pages.begin(), pages.end(), address, is_before);
    const bool has_entry = page != pages.end() && page->address <= address;
    const bool is_there = has_entry && page->entry.has_page();
    context.view.walk_hovered = {pid, address};
    const Pfn frame = is_there ? page->entry.pfn() + static_cast<u32>((address - page->address) >> kPageShift) : kNoPfn;
    if (is_there) context.view.hover.point_at(Thing::frame(frame));
    if (!context.by_touch) {
        std::vector<std::string> lines{
            hex(address), area.name.empty() ? "anonymous, " + area.rights : area.name + ", " + area.rights};
        lines.push_back(has_entry && !is_there       ? "on swap, " + swap_place(context.memory(), page->entry)
                        : !is_there                  ? "no page yet: an access faults"
                        : page->entry.is_zero_page() ? (page->pages > 1 ? "the huge page of zeroes" : "the zero page")
                                                     : "frame " + hex(frame.value));
        if (is_there && page->pages > 1) lines.push_back("part of a huge page of " + memory_size(page->pages));
        tooltip(context, lines);
    }
    if (!found.pressed) return;
    if (is_there) context.view.select(Thing::frame(frame));
    context.view.show_walk({pid, address});
}

void draw_area(PanelContext& context, const Painter& p, Rect row, const AreaView& area, u32 pid, u32 id) {
    const bool is_narrow = row.width() < p.px(420);
    const Rect label = row.cut_left(p.px(is_narrow ? 140 : 200));
    Rect text = label;
    text.cut_left(p.text(text, p.digits(Size::small), area_label(area)) + p.px(8));
    if (!is_narrow) p.text(text, p.words(Size::small, Ink::quiet), area.name);
    const Rect count = row.cut_right(p.px(84));
    const u64 pages_in_area = (area.end - area.start) >> kPageShift;
    p.text(count, p.digits(Size::small, Ink::quiet), grouped(area.resident) + "/" + grouped(pages_in_area),
           Align::right);
    row.cut_left(p.px(8));
    const float longest = row.width(), wanted = p.px(16) * static_cast<float>(pages_in_area);
    const Rect strip = Rect{row.x0, row.y0 + p.px(4), row.x0 + std::min(longest, wanted), row.y1 - p.px(4)};
    p.frame(strip, p.theme()[Ink::line], p.hairline());
    const std::vector<PageView> pages = page_views(context.memory(), pid, area.start, area.end);
    const float cell = strip.width() / static_cast<float>(pages_in_area);
    if (cell < p.px(kLeastCell)) {
        draw_shares(context, p, strip, area, pages);
    } else {
        for (const PageView& page : pages) {
            const float x = strip.x0 + cell * static_cast<float>((page.address - area.start) >> kPageShift);
            const float wide = cell * static_cast<float>(page.pages);
            const Rect place{std::round(x), strip.y0, std::round(x + wide) - p.hairline(), strip.y1};
            draw_page(context, p, place, page.entry);
            if (is_lit(context, page.entry, page.pages))
                p.frame(place.inset(-p.hairline()), p.theme()[Ink::text], p.px(2));
        }
    }
    const Touch found = touch(id, strip);
    if (found.hovered) point_at_page(context, strip, area, pages, pid, found);
}

// ---- the walk ----

constexpr std::string_view kFrameWord = "frame ";  // left out where a line has no room for it

std::string step_text(const PageAllocator& memory, const WalkStep& step, Pfn table) {
    const std::string leads = step.entry.is_none() ? "not present"
                              : step.entry.is_present()
                                  ? hex(step.entry.pfn().value) + "  " + entry_flags(step.entry.summary())
                              : step.height == 0 && step.entry.is_swap()
                                  ? "on swap, " + swap_place(memory, step.entry)
                                  : "not present to the processor";
    return std::string(kFrameWord) + hex(table.value) + "  >  " + leads;
}

// Above: the address cut into its indices.
// The table that is being read inside a step is marked.
float draw_walk(PanelContext& context, const Painter& p, Rect place, const ProcessPlace& of) {
    const float top = place.y0;
    const PageAllocator& memory = context.memory();
    if (!memory.processes().is_alive(of.pid)) {
        p.text(place.cut_top(p.px(metric::kRow)), p.words(Size::small, Ink::quiet), "It has no page yet.");
        return place.y0 - top;
    }
    const PagingMode& mode = memory.processes().mode;
    const Walk walk = walk_view(memory, of.pid, of.address);
    Rect head = place.cut_top(p.px(metric::kRow));
    head.cut_left(p.text(head, p.digits(Size::body), hex(of.address)) + p.px(10));
    p.text(head, p.words(Size::small, Ink::quiet), "process " + std::to_string(of.pid));
    const std::optional<AccessView> access = last_access(context.snapshot);
    const bool is_its = access && access->pid == of.pid && access->address == page_floor(of.address);
    Pfn table = memory.processes().mm(of.pid).pgd;
    for (u32 i = 0; i < walk.count; ++i) {
        const WalkStep& step = walk.steps[i];
        Rect row = place.cut_top(p.px(metric::kRow));
        if (is_its && access->walk_height == step.height)
            p.fill({row.x0 - p.px(6), row.y0 + p.px(3), row.x0 - p.px(3), row.y1 - p.px(3)}, p.theme()[Ink::accent]);
        const Touch found = touch(kWalkIds + i, row);
        if (found.hovered) context.view.hover.point_at(Thing::frame(table));
        if (found.pressed) context.view.select(Thing::frame(table));
        p.text(row.cut_left(p.px(44)), p.words(Size::small, Ink::quiet), kTableLevelNames[step.height]);
        p.text(row.cut_left(p.px(36)), p.digits(Size::small), std::to_string(step.index), Align::right);
        row.cut_left(p.px(12));
        const Style style = p.digits(Size::small, step.entry.is_present() ? Ink::text : Ink::quiet);
        std::string text = step_text(context.memory(), step, table);
        if (p.width(style, text) > row.width()) text.erase(0, kFrameWord.size());
        p.text(row, style, text);
        table = step.entry.pfn();
    }
    Rect row = place.cut_top(p.px(metric::kRow));
    const u64 physical = walk.physical(mode, of.address);
    // Of a huge page the offset has half the digits of the address.
    const u64 offset = of.address & (mode.span(walk.is_leaf() ? walk.last().height : 0) - 1);
    p.text(row.cut_left(p.px(34)), p.words(Size::small, Ink::quiet), "offset");
    p.text(row.cut_left(p.px(52)), p.digits(Size::small), hex(offset), Align::right);
    row.cut_left(p.px(6));
    p.text(row, p.digits(Size::small, walk.is_leaf() ? Ink::accent : Ink::quiet),
           walk.is_leaf() ? "physical address " + hex(physical) : "the walk ends: a page fault");
    return place.y0 - top;
}

// The page under the pointer; inside a step the one that is accessed; the process's chosen one, the one accessed last, or
// the first that there is.
ProcessPlace walk_of(const PanelContext& context, u32 pid) {
    const ViewState& view = context.view;
    if (view.walk_hovered.pid != 0) return view.walk_hovered;
    const std::optional<AccessView> access = last_access(context.snapshot);
    const bool is_shown = access && access->pid == pid;
    if (is_shown && follows_step(context)) return {pid, access->address};
    if (view.walk.pid == pid) return view.walk;
    if (is_shown) return {pid, access->address};
    for (const Vma& area : context.memory().processes().mm(pid).areas) {
        const std::vector<PageView> pages = page_views(context.memory(), pid, area.start, area.end);
        if (!pages.empty()) return {pid, pages.front().address};
    }
    return {};
}

float draw_right(PanelContext& context, const Scroll& scroll, Rect place, u32 pid) {
    const float top = place.y0;
    const ProcessPlace of = walk_of(context, pid);
    place.cut_top(draw_walk(context, scroll.painter, place, of) + scroll.painter.px(8));
    place.cut_top(draw_tlbs(context, scroll.painter, place));
    return place.y0 - top;
}

float draw_left(PanelContext& context, const Scroll& scroll, Rect place, const std::vector<ProcessView>& processes) {
    const Painter& p = scroll.painter;
    const float top = place.y0;
    const u32 pid = shown_process(context, processes);
    place.cut_top(draw_processes(context, p, place, processes, pid));
    const float line = p.px(context.by_touch ? 30 : metric::kRow);
    const std::vector<AreaView> areas = area_views(context.memory(), pid);
    for (u32 i = 0; i < areas.size(); ++i) draw_area(context, p, place.cut_top(line), areas[i], pid, kAreaIds + i);
    return place.y0 - top;
}

std::string sizes_of(const std::vector<ProcessView>& processes, u32 pid) {
    for (const ProcessView& process : processes) {
        if (process.pid != pid) continue;
        return "VmSize " + memory_size(process.total) + ", VmRSS " + memory_size(process.resident) + ", page tables " +
               std::to_string(process.table_pages + 1);
    }
    return {};
}

}  // namespace

void walk_to_frame(PanelContext& context, Pfn pfn) {
    const std::vector<ProcessView> processes = process_views(context.memory());
    if (processes.empty()) return;
    const u32 shown = shown_process(context, processes);
    context.view.walk_hovered = {};
    if (walk_meets(context.memory(), walk_of(context, shown), pfn)) return;
    const std::optional<ProcessPlace> place = place_of_frame(*context.snapshot.machine, pfn, shown);
    if (!place) return;
    context.view.walk = *place;
    context.view.pid = place->pid;
    context.view.is_walk_new = true;
}

void process_panel(PanelContext& context) {
    const auto panel = begin_panel(context, PanelId::process, "");
    if (!panel) return;
    const std::vector<ProcessView> processes = process_views(context.memory());
    if (processes.empty()) {
        empty_state(*panel, "No process yet. In the script: p = fork(init), then as p { m = mmap(64K); write(m) }");
        end_panel();
        return;
    }
    context.view.walk_hovered = {};
    const Painter& p = panel->painter;
    const u32 pid = shown_process(context, processes);
    const std::string sizes = sizes_of(processes, pid);
    if (p.width(p.words(Size::small), sizes) < panel->title.width())
        p.text(panel->title, p.words(Size::small, Ink::quiet), sizes, Align::right);
    const float pad = p.px(metric::kPad);
    if (panel->body.width() < p.px(kTwoColumns)) {
        Scroll scroll = begin_scroll(context, *panel, "process", panel->body);
        Rect place = scroll.content.inset(pad, 0);
        place.cut_top(draw_left(context, scroll, place, processes) + p.px(8));
        place.cut_top(draw_right(context, scroll, place, pid));
        end_scroll(scroll, place.y0 - scroll.content.y0 + p.px(6));
        end_panel();
        return;
    }
    Rect right = panel->body;
    const Rect left = right.cut_left(std::round(right.width() * 0.54F));
    p.line(left.x1, left.y0, left.x1, left.y1, p.theme()[Ink::line]);
    Scroll areas = begin_scroll(context, *panel, "areas", left);
    end_scroll(areas, draw_left(context, areas, areas.content.inset(pad, 0), processes) + p.px(6));
    Scroll walk = begin_scroll(context, *panel, "walk", right);
    end_scroll(walk, draw_right(context, walk, walk.content.inset(pad, 0), pid) + p.px(6));
    end_panel();
}

}  // namespace mmscope
