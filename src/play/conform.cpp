#include "play/conform.h"

#include <algorithm>
#include <cstdio>

#include "mm/page_alloc.h"

namespace mmscope {
namespace {

constexpr u32 kFirstManaged = 0x100;
constexpr u32 kEnd = 0x1000;
constexpr u64 kAnyRam = 16384;  // frames of the machine whose zone DMA is used

// One zone DMA, re-seeded at every `init`.
class Replay {
public:
    explicit Replay(const Profile& profile) : profile_(profile) {}

    bool load(const GoldenState& state);
    u32 apply(const GoldenEvent& event);  // the frame given; of a free, the frame freed or 0 if it was not in use
    GoldenState state();

private:
    u32 alloc(Order order, Migratetype type);
    bool is_in_use(Pfn pfn, Order order) const;

    const Profile& profile_;
    PageAllocator memory_;
    Trace nobody_;
};

bool Replay::load(const GoldenState& state) {
    std::vector<ZoneLayout> layout = machine_layout(Arch::x86_64, kAnyRam, 1);
    layout.resize(1);
    memory_ = PageAllocator(Arch::x86_64, profile_, layout, 1);
    for (u32 block = 0; block < state.block_types.size(); ++block) {
        memory_.frames().pageblock_types()[block] = state.block_types[block];
    }
    Buddy buddy = memory_.buddy(0, nobody_);
    for (const GoldenList& list : state.lists) {
        const Order order{list.order};
        for (const u32 pfn : list.pfns) {
            if (block_start({pfn}, order).value != pfn || !is_in_use({pfn}, order)) return false;
            buddy.add_block({pfn}, order, static_cast<Migratetype>(list.type), Buddy::Place::tail);
        }
    }
    return this->state() == state;
}

bool Replay::is_in_use(Pfn pfn, Order order) const {
    if (pfn.value < kFirstManaged || pfn.value + order.frames() > kEnd) return false;
    for (u32 frame = 0; frame < order.frames(); ++frame) {
        if (!frame_state::is_allocated(memory_.frames().state(pfn + frame))) return false;
    }
    return true;
}

u32 Replay::alloc(Order order, Migratetype type) {
    const Pfn pfn = memory_.buddy(0, nobody_).rmqueue(order, type);
    if (pfn == kNoPfn) return 0;
    FrameTable& frames = memory_.frames();
    frames.fill_states(pfn, order.frames(), frame_state::allocated_tail(type, Owner::kernel));
    frames.states()[pfn.value] = frame_state::allocated_head(type, Owner::kernel);
    return pfn.value;
}

u32 Replay::apply(const GoldenEvent& event) {
    const Order order{event.order};
    if (event.kind == GoldenEvent::Kind::alloc) return alloc(order, static_cast<Migratetype>(event.type));
    if (!is_in_use({event.pfn}, order)) return 0;
    memory_.buddy(0, nobody_).free_block({event.pfn}, order);
    return event.pfn;
}

GoldenState Replay::state() {
    GoldenState state;
    state.free_pages = memory_.zones()[0].free_pages;
    for (u8 order = 0; order < kNrPageOrders; ++order) {
        for (u8 type = 0; type < kMigratetypes; ++type) {
            std::vector<Pfn> blocks;
            memory_.buddy(0, nobody_).list_blocks({order}, static_cast<Migratetype>(type), kEnd, &blocks);
            if (blocks.empty()) continue;
            GoldenList list{order, type, {}};
            for (const Pfn pfn : blocks) list.pfns.push_back(pfn.value);
            state.lists.push_back(std::move(list));
        }
    }
    const u8* types = memory_.frames().pageblock_types();
    state.block_types.assign(types, types + kEnd / (1U << memory_.frames().pageblock_order().value));
    return state;
}

std::string hex_list(const std::vector<u32>& pfns) {
    std::string text;
    for (const u32 pfn : pfns) {
        char hex[16];
        std::snprintf(hex, sizeof hex, "%s0x%x", text.empty() ? "" : " ", pfn);
        text += hex;
    }
    return text.empty() ? "-" : text;
}

std::string letters(const std::vector<u8>& types) {
    std::string text;
    for (const u8 type : types) text += kMigratetypeLetters[type];
    return text;
}

std::vector<u32> list_of(const GoldenState& state, u8 order, u8 type) {
    for (const GoldenList& list : state.lists) {
        if (list.order == order && list.type == type) return list.pfns;
    }
    return {};
}

}  // namespace

Result<ConformReport> conform(std::string_view text, const Profile& profile) {
    if (!is_golden(text)) return Diagnostic{0, 0, 0, Message("conform.unknown_format")};
    const auto events = parse_golden(text);
    if (!events) return events.error();
    ConformReport report;
    Replay replay(profile);
    bool in_step = false;
    for (const GoldenEvent& event : *events) {
        if (event.kind == GoldenEvent::Kind::init) {
            in_step = replay.load(event.after);
            if (!in_step) return Diagnostic{event.line, 1, 0, Message("conform.impossible_state")};
            continue;
        }
        ++report.events;
        if (!in_step) continue;
        const u32 pfn = replay.apply(event);
        GoldenState state = replay.state();
        in_step = pfn == event.pfn && state == event.after;
        if (in_step) ++report.agreed;
        else if (!report.first_difference) report.first_difference = ConformDifference{event, pfn, std::move(state)};
    }
    return report;
}

std::vector<Message> describe(const ConformDifference& difference) {
    std::vector<Message> lines;
    const GoldenEvent& event = difference.event;
    const bool is_alloc = event.kind == GoldenEvent::Kind::alloc;
    lines.push_back(Message(is_alloc ? "conform.alloc" : "conform.free").number("order", event.order)
                        .text("type", kMigratetypeNames[event.type]).hex("pfn", event.pfn));
    if (event.pfn != difference.pfn)
        lines.push_back(Message("conform.frames").hex("kernel", event.pfn).hex("model", difference.pfn));
    if (event.after.free_pages != difference.state.free_pages) {
        lines.push_back(Message("conform.free_pages")
                            .number("kernel", event.after.free_pages)
                            .number("model", difference.state.free_pages));
    }
    for (u8 order = 0; order < kNrPageOrders; ++order) {
        for (u8 type = 0; type < kMigratetypes; ++type) {
            const auto kernel = list_of(event.after, order, type);
            const auto model = list_of(difference.state, order, type);
            if (kernel == model) continue;
            lines.push_back(Message("conform.list").number("order", order).text("type", kMigratetypeNames[type]));
            lines.push_back(Message("conform.list_kernel").text("frames", hex_list(kernel)));
            lines.push_back(Message("conform.list_model").text("frames", hex_list(model)));
        }
    }
    if (event.after.block_types != difference.state.block_types) {
        lines.push_back(Message("conform.pageblocks").text("kernel", letters(event.after.block_types))
                            .text("model", letters(difference.state.block_types)));
    }
    return lines;
}

std::string_view version_in_name(std::string_view file_name) {
    if (const std::size_t slash = file_name.rfind('/'); slash != std::string_view::npos)
        file_name.remove_prefix(slash + 1);
    const auto is_digit = [&](std::size_t at) {
        return at < file_name.size() && file_name[at] >= '0' && file_name[at] <= '9';
    };
    for (std::size_t dot = file_name.find('.'); dot != std::string_view::npos; dot = file_name.find('.', dot + 1)) {
        std::size_t first = dot;
        while (first != 0 && is_digit(first - 1)) --first;
        std::size_t end = dot + 1;
        while (is_digit(end)) ++end;
        if (first != dot && end != dot + 1) return file_name.substr(first, end - first);
    }
    return {};
}

}  // namespace mmscope
