#include "buddy_pair.h"

#include <algorithm>
#include <cstdio>

namespace mmscope::test {

namespace {

constexpr u32 kNowhere = 0xffffffffU;

ZoneLayout zone(ZoneType type, u8 index, u32 first, u32 end) {
    ZoneLayout layout;
    layout.type = type;
    layout.index = index;
    layout.start = {first};
    layout.spanned = end - first;
    layout.present = {{{first}, end - first}};
    return layout;
}

ZoneLayout zone_dma() {
    ZoneLayout layout = zone(ZoneType::dma, 0, 1, 0x1000);
    layout.present = {{{1}, 0x9e}, {{0x100}, 0xf00}};
    layout.reserved = {{{1}, 0x9e}};
    return layout;
}

// The managed frames of a layout: here what is reserved is always a whole range of `present`.
std::vector<FrameRange> managed_ranges(const ZoneLayout& layout) {
    std::vector<FrameRange> ranges = layout.present;
    for (const FrameRange reserved : layout.reserved)
        std::erase_if(ranges, [&](FrameRange range) { return range.start == reserved.start; });
    return ranges;
}

std::string hex(u32 pfn) {
    char text[16];
    std::snprintf(text, sizeof text, "%x", pfn);
    return text;
}

template <class List, class Number>
std::string list_text(const List& list, Number number) {
    std::string text;
    for (const auto& block : list) text += (text.empty() ? "" : ",") + hex(number(block));
    return text.empty() ? "empty" : text;
}

std::string step_text(const Step& step) {
    const std::string name = "block " + std::to_string(step.id);
    if (step.kind == Step::Kind::free) return "free " + name;
    return name + " = alloc order " + std::to_string(step.order) + " " +
           kMigratetypeLetters[static_cast<u32>(step.type)] + " from zone " + std::to_string(step.zone);
}

}  // namespace

std::vector<Place> model_places() {
    return {
        {"DMA from pfn 1", Arch::x86_64, {zone_dma()}},
        {"ragged end", Arch::x86_64, {zone(ZoneType::dma32, 1, 1024, 1024 + 4 * 512 + 200)}},
        {"shared pageblock of order 10",
         Arch::x86_32,
         {zone(ZoneType::normal, 1, 1024, 3070), zone(ZoneType::highmem, 2, 3070, 5320)}},
        {"shared pageblock of order 9",
         Arch::x86_32_pae,
         {zone(ZoneType::normal, 1, 1024, 3070), zone(ZoneType::highmem, 2, 3070, 4808)}},
    };
}

Pair::Pair(const Scene& scene)
    : memory_(scene.place->arch, *scene.profile, scene.place->zones, 1),
      model_(scene.kernel, pageblock_order(scene.place->arch).value, memory_.frames().frames()),
      index_(memory_.frames().frames(), kNowhere) {
    for (const ZoneLayout& layout : scene.place->zones)
        model_.add_zone(layout.start.value, layout.start.value + layout.spanned);
    if (scene.start == Start::boot) start_at_boot(*scene.place);
    else start_shattered(*scene.place, scene.seed);
}

void Pair::start_at_boot(const Place& place) {
    for (u32 at = 0; at < place.zones.size(); ++at)
        for (const FrameRange range : managed_ranges(place.zones[at])) {
            memory_.buddy(at, nobody_).add_range(range.start, range.frames);
            model_.add_range(at, range.start.value, range.frames);
        }
}

// These blocks are named after their frames.
void Pair::start_shattered(const Place& place, u64 seed) {
    Prng random(seed);
    const Order pageblock = memory_.frames().pageblock_order();
    for (u32 block = 0; block < memory_.frames().pageblocks(); ++block) {
        constexpr Migratetype kTypes[] = {Migratetype::unmovable, Migratetype::unmovable,   Migratetype::movable,
                                          Migratetype::movable,   Migratetype::reclaimable, Migratetype::reclaimable,
                                          Migratetype::movable,   Migratetype::highatomic};
        const Migratetype type = kTypes[random.below(8)];
        memory_.frames().set_pageblock_type({block << pageblock.value}, type);
        model_.set_pageblock(block << pageblock.value, type);
    }
    for (const ZoneLayout& layout : place.zones)
        for (const FrameRange range : managed_ranges(layout))
            for (u32 pfn = range.start.value, end = pfn + range.frames; pfn < end;) {
                u8 order = static_cast<u8>(random.below(kNrPageOrders));
                while (pfn % (1U << order) != 0 || pfn + (1U << order) > end) --order;
                own(pfn, {order}, Migratetype::movable);
                model_.own(pfn, order);
                hold(pfn, pfn, order);
                pfn += 1U << order;
            }
}

void Pair::hold(u32 id, u32 pfn, u32 order) {
    if (id >= index_.size()) index_.resize(id + 1, kNowhere);
    index_[id] = static_cast<u32>(held_.size());
    held_.push_back({id, pfn, order});
    held_pages_ += 1U << order;
}

std::string Pair::apply(const Step& step) {
    std::string fault;
    if (step.kind == Step::Kind::alloc) fault = alloc(step);
    else free(step);
    return fault.empty() ? compare() : fault;
}

// rmqueue leaves it to its caller to write who owns the frames; this writes what alloc_pages would.
void Pair::own(u32 pfn, Order order, Migratetype type) {
    FrameTable& frames = memory_.frames();
    fill_block(frames.states() + pfn, order, frame_state::allocated_tail(type, Owner::kernel));
    frames.states()[pfn] = frame_state::allocated_head(type, Owner::kernel);
    Allocation allocation;
    allocation.call = 1;
    allocation.order = order;
    frames.links()[pfn] = allocation.pack();
}

std::string Pair::alloc(const Step& step) {
    const std::optional<u32> expected = model_.alloc(step.zone, step.order, step.type);
    const Pfn pfn = memory_.buddy(step.zone, nobody_).rmqueue({step.order}, step.type);
    failed_ = !expected;
    if (pfn != (expected ? Pfn{*expected} : kNoPfn))
        return "frame: engine " + (pfn == kNoPfn ? "none" : hex(pfn.value)) + ", model " +
               (expected ? hex(*expected) : "none") + "\n";
    if (failed_) return "";
    own(pfn.value, {step.order}, step.type);
    hold(step.id, pfn.value, step.order);
    return "";
}

void Pair::free(const Step& step) {
    if (step.id >= index_.size() || index_[step.id] == kNowhere) return;
    const u32 at = index_[step.id];
    const Held block = held_[at];
    held_[at] = held_.back();
    index_[held_[at].id] = at;
    held_.pop_back();
    index_[block.id] = kNowhere;
    held_pages_ -= 1U << block.order;
    memory_.buddy(static_cast<u32>(memory_.zone_of({block.pfn})->position), nobody_)
        .free_block({block.pfn}, {static_cast<u8>(block.order)});
    model_.free(block.pfn, block.order);
}

std::string Pair::compare() {
    std::string fault;
    for (u32 at = 0; at < model_.zones(); ++at) {
        for (u8 order = 0; order < kNrPageOrders; ++order)
            for (u32 t = 0; t < kMigratetypes; ++t) {
                const Migratetype type = static_cast<Migratetype>(t);
                const NaiveBuddy::FreeList& expected = model_.list(at, order, type);
                blocks_.clear();
                memory_.buddy(at, nobody_).list_blocks({order}, type, kNowhere, &blocks_);
                if (std::equal(blocks_.begin(), blocks_.end(), expected.begin(), expected.end(),
                               [](Pfn a, u32 b) { return a.value == b; }))
                    continue;
                fault += "zone " + std::to_string(at) + " list " + std::to_string(order) + "/" +
                         kMigratetypeLetters[t] + ": engine " + list_text(blocks_, [](Pfn pfn) { return pfn.value; }) +
                         "; model " + list_text(expected, [](u32 pfn) { return pfn; }) + "\n";
            }
        if (memory_.zones()[at].free_pages != model_.free_pages(at))
            fault += "zone " + std::to_string(at) + ": free pages differ\n";
    }
    for (u32 block = 0; block < memory_.frames().pageblocks(); ++block) {
        const u32 type = memory_.frames().pageblock_types()[block];
        const u32 expected = static_cast<u32>(model_.pageblocks()[block]);
        if (type == expected) continue;
        fault += "pageblock " + std::to_string(block) + ": engine " + kMigratetypeLetters[type] + ", model " +
                 kMigratetypeLetters[expected] + "\n";
    }
    const std::string broken = memory_.check();
    return broken.empty() ? fault : fault + "check(): " + broken + "\n";
}

std::string replay(const Scene& scene, const std::vector<Step>& script) {
    Pair pair(scene);
    std::string text = std::string(scene.place->name) + ", kernel " + std::string(scene.profile->name) + ", seed " +
                       std::to_string(scene.seed) +
                       (scene.start == Start::boot ? ", everything free\n" : ", every frame in use\n");
    for (const Step& step : script) {
        const std::string fault = pair.apply(step);
        text += "  " + step_text(step) + "\n";
        if (!fault.empty()) return text + fault;
    }
    return "";
}

// Leaves out halves, quarters, ... single steps, as long as the rest still differs; never more than a few hundred
// tries.
std::string shortest_difference(const Scene& scene, std::vector<Step> script) {
    u32 tries = 0;
    for (u32 size = static_cast<u32>(script.size()) / 2; size > 0; size /= 2)
        for (u32 at = 0; at + size <= script.size() && tries < 800; ++tries) {
            std::vector<Step> shorter = script;
            shorter.erase(shorter.begin() + at, shorter.begin() + at + size);
            if (replay(scene, shorter).empty()) at += size;
            else script = shorter;
        }
    return replay(scene, script);
}

}  // namespace mmscope::test
