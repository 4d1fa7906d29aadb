#include "intake/module_capture.h"

#include <algorithm>

#include "intake/dump_reader.h"

namespace mmscope {
namespace {

// Reads the lines of one page file in turn. Plan: a dump's lines go to the DumpReader; A and F become steps; a line
// `s` belongs to the step above it, or to the dump above it as long as no call has followed that.
class CaptureReader {
public:
    explicit CaptureReader(std::string_view text) : lines_(text), dumps_(lines_, capture_.dumps) {}
    Result<ModuleCapture> read();

private:
    bool line(std::string_view first);
    bool title();
    bool call(ModuleStep::Kind kind);
    bool result(ModuleStep* step);
    bool freed(const ModuleStep& step);
    bool state();
    bool states_complete();
    std::optional<std::string_view> value(std::string_view word, std::string_view key) const;

    ModuleCapture capture_;
    CaptureLines lines_;
    DumpReader dumps_;
    std::vector<u32> allocs_;  // by number of the allocation: its step, or kNone
    bool ended_ = false;
};

constexpr u32 kNone = 0xffffffffU;
constexpr u32 kMostCalls = 1U << 24;
constexpr u32 kMigratetypeNumbers = 6;

bool CaptureReader::title() {
    if (!capture_.kind.empty()) return lines_.fail_line();
    capture_.kind = lines_.word();
    capture_.parameters = lines_.rest();
    return !capture_.kind.empty() || lines_.fail_line();
}

std::optional<std::string_view> CaptureReader::value(std::string_view word, std::string_view key) const {
    if (!word.starts_with(key)) return std::nullopt;
    return word.substr(key.size());
}

// "pfn=15725 zone=DMA32 node=0 mt=0"; F has neither node nor mt. Anything that is no number of a frame in place of
// the pfn is a failure.
bool CaptureReader::result(ModuleStep* step) {
    const bool is_alloc = step->kind == ModuleStep::Kind::alloc;
    const std::string_view word = lines_.word();
    const auto pfn = value(word, "pfn=");
    const bool failed = word.empty() || !pfn || *pfn == "0" || pfn->starts_with('-');
    if (failed) return is_alloc || lines_.fail_line();
    if (!lines_.number(*pfn, kNoPfn.value, &step->pfn.value)) return false;
    if (step->pfn != block_start(step->pfn, step->order)) {
        return lines_.fail(*pfn, Message("capture.block_misaligned").number("pfn", step->pfn.value).number("order", step->order.value));
    }
    const auto zone = value(lines_.word(), "zone=");
    if (!zone) return lines_.fail_line();
    const std::vector<DumpZone>& zones = capture_.dumps.front().zones;
    const auto found = std::find_if(zones.begin(), zones.end(),
                                    [&](const DumpZone& one) { return one.name == *zone && one.contains(step->pfn); });
    if (found == zones.end()) {
        return lines_.fail(*pfn, Message("capture.block_outside").number("pfn", step->pfn.value).text("zone", zone->substr(0, 40)));
    }
    step->zone = static_cast<u32>(found - zones.begin());
    if (!is_alloc) return true;
    u32 node = 0;
    u32 type = 0;
    if (!lines_.prefixed(lines_.word(), "node=", kNone, &node)) return false;
    if (!lines_.prefixed(lines_.word(), "mt=", kMigratetypeNumbers, &type)) return false;
    step->type = static_cast<u8>(type);
    return true;
}

// An allocation's number is new; a free names one that got this block and holds it still.
bool CaptureReader::freed(const ModuleStep& step) {
    const u32 index = step.number < allocs_.size() ? allocs_[step.number] : kNone;
    const bool held = index != kNone && capture_.steps[index].pfn == step.pfn && capture_.steps[index].order == step.order;
    if (!held) return lines_.fail(Message("capture.not_allocated").number("number", step.number));
    allocs_[step.number] = kNone;
    return true;
}

bool CaptureReader::call(ModuleStep::Kind kind) {
    if (capture_.dumps.empty() || dumps_.is_open()) return lines_.fail(Message("capture.call_early"));
    if (!states_complete()) return false;
    ModuleStep step;
    step.kind = kind;
    step.line = lines_.line();
    step.first_state = static_cast<u32>(capture_.states.size());
    u32 order = 0;
    if (!lines_.number(lines_.word(), kMostCalls, &step.number)) return false;
    if (kind == ModuleStep::Kind::alloc) step.gfp = lines_.word();
    if (!lines_.prefixed(lines_.word(), "order=", kNrPageOrders, &order)) return false;
    step.order = {static_cast<u8>(order)};
    if (!result(&step)) return false;
    if (kind == ModuleStep::Kind::free) {
        if (!freed(step)) return false;
    } else {
        if (step.number >= allocs_.size()) allocs_.resize(step.number + 1, kNone);
        allocs_[step.number] = static_cast<u32>(capture_.steps.size());
    }
    capture_.steps.push_back(step);
    return true;
}

bool CaptureReader::state() {
    if (capture_.steps.empty()) return lines_.fail(Message("capture.call_early"));
    ModuleStep& step = capture_.steps.back();
    const bool of_dump = step.kind == ModuleStep::Kind::dump;
    std::vector<ZoneState>& states = of_dump ? capture_.dumps.back().states : capture_.states;
    if (!dumps_.read_state(&states)) return false;
    const u32 place = of_dump ? static_cast<u32>(states.size()) - 1 : step.states++;
    return states.back().zone == place || lines_.fail(Message("capture.states"));
}

bool CaptureReader::states_complete() {
    if (capture_.steps.empty()) return true;
    const ModuleStep& step = capture_.steps.back();
    const std::size_t count = step.kind == ModuleStep::Kind::dump ? capture_.dumps.back().states.size() : step.states;
    return count == 0 || count == capture_.dumps.front().zones.size() || lines_.fail(Message("capture.states"));
}

bool CaptureReader::line(std::string_view first) {
    if (ended_) return lines_.fail_line();
    if (first == "TEST") return title();
    if (capture_.kind.empty()) return lines_.fail(Message("capture.no_test"));
    if (first == "s") return state();
    if (first == "A") return call(ModuleStep::Kind::alloc);
    if (first == "F") return call(ModuleStep::Kind::free);
    if (first == "ENDTEST") return ended_ = dumps_.finish() && states_complete();
    if (first == "FREELISTS") {
        if (!states_complete()) return false;
        ModuleStep step;
        step.line = lines_.line();
        step.number = static_cast<u32>(capture_.dumps.size());
        step.first_state = static_cast<u32>(capture_.states.size());
        capture_.steps.push_back(step);
    }
    if (!dumps_.read(first)) return false;
    const std::vector<KernelDump>& dumps = capture_.dumps;
    const bool same = first != "END" || std::equal(dumps.back().zones.begin(), dumps.back().zones.end(), dumps.front().zones.begin(),
                                                   dumps.front().zones.end(), [](const DumpZone& a, const DumpZone& b) {
                                                       return a.node == b.node && a.name == b.name && a.start == b.start;
                                                   });
    return same || lines_.fail(Message("capture.other_zones"));
}

Result<ModuleCapture> CaptureReader::read() {
    while (lines_.next()) {
        if (!line(lines_.word())) return std::move(lines_.fault());
    }
    if (capture_.kind.empty()) return Diagnostic{0, 0, 0, Message("capture.no_test")};
    if (!ended_) {
        lines_.fail(Message("capture.no_endtest"));
        return std::move(lines_.fault());
    }
    if (capture_.dumps.empty()) return Diagnostic{0, 0, 0, Message("capture.no_dump")};
    return std::move(capture_);
}

}  // namespace

u32 ModuleCapture::count(ModuleStep::Kind of_kind) const {
    return static_cast<u32>(std::count_if(steps.begin(), steps.end(), [&](const ModuleStep& step) { return step.kind == of_kind; }));
}

// A dump without counters of its own was made right after the call above it, whose counters it shares.
std::optional<u32> ModuleCapture::calling_cpu() const {
    const KernelDump& first = dumps.front();
    for (const DumpPcp& candidate : first.pcps) {
        bool fits = true;
        bool changed = dumps.size() == 1;
        for (std::size_t i = 0; i < steps.size() && fits; ++i) {
            if (steps[i].kind != ModuleStep::Kind::dump) continue;
            const KernelDump& dump = dumps[steps[i].number];
            fits = dump.has_counts(candidate.cpu, dump.states) && (i == 0 || dump.has_counts(candidate.cpu, after(steps[i - 1])));
            for (const DumpPcp& set : dump.pcps) {
                const DumpPcp* before = set.cpu == candidate.cpu ? first.pcp(set.zone, set.cpu) : nullptr;
                changed |= before != nullptr && !(set == *before);
            }
        }
        if (fits && changed) return candidate.cpu;
    }
    return std::nullopt;
}

bool is_module_capture(std::string_view text) { return text.starts_with("TEST pages_"); }

Result<ModuleCapture> parse_module_capture(std::string_view text) { return CaptureReader(text).read(); }

}  // namespace mmscope
