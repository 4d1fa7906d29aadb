#include "play/conform_module.h"

#include <algorithm>
#include <deque>

#include "mm/gfp.h"
#include "play/loaded_dump.h"

namespace mmscope {

namespace {

constexpr u32 kEndless = 0xffffffffU;

// What one zone's part of the running CPU held and no dump shows.
struct Hidden {
    i32 free_diff = 0;
    u32 free_factor = 0;
    u32 free_count = 0;
    u32 alloc_factor = 0;
    bool was_high_order = false;
};

struct Guess {
    u32 cpu = 0;
    std::vector<Hidden> zones;
};

// The mask a capture names, "GFP_KERNEL|__GFP_COMP".
std::optional<Gfp> read_mask(std::string_view text, const Profile& profile) {
    Gfp mask;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('|'), text.size());
        const auto one = gfp_from_name(text.substr(0, end), profile);
        if (!one) return std::nullopt;
        mask.bits |= one->bits;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return mask;
}

std::string frame_text(Pfn pfn) { return pfn == kNoPfn ? "-" : std::to_string(pfn.value); }

// One run over the capture from the state of its first dump and a guess at what is hidden.
class Run {
public:
    Run(const ModuleCapture& capture, const std::vector<Gfp>& masks, const PageAllocator& start, Guess guess)
        : capture_(capture), masks_(masks), memory_(start), guess_(std::move(guess)), blocks_(capture.steps.size()) {
        for (u32 zone = 0; zone < guess_.zones.size(); ++zone) {
            const Hidden& hidden = guess_.zones[zone];
            PerCpuPages& pages = memory_.pcp(zone, guess_.cpu);
            pages.free_diff = hidden.free_diff;
            pages.free_factor = static_cast<u8>(hidden.free_factor);
            pages.free_count = hidden.free_count;
            pages.alloc_factor = static_cast<u8>(hidden.alloc_factor);
            pages.was_high_order = hidden.was_high_order;
            memory_.zones()[zone].nr_free_pages -= static_cast<u32>(hidden.free_diff);
        }
    }

    // Goes on by at most `budget` steps; true if there are more. Gives up once more than `most_wrong` things differ:
    // another guess was better.
    bool go(u32 most_wrong, u32 budget);
    const Guess& guess() const { return guess_; }
    const ModuleReport& report() const { return report_; }

private:
    void alloc(const ModuleStep& step);
    void free(const ModuleStep& step);
    void compare_states(std::span<const ZoneState> states, u32 line);
    void compare_dump(const KernelDump& dump);
    bool agrees(const ZoneState& state, const PageAllocator& memory) const;
    bool carry_over(const ZoneState& state);
    void differ(u32 line, std::vector<Message> sentences) {
        if (!report_.first_difference) report_.first_difference = ModuleDifference{line, std::move(sentences)};
    }
    std::vector<Message> describe_state(const ZoneState& state) const;

    const ModuleCapture& capture_;
    const std::vector<Gfp>& masks_;
    PageAllocator memory_;
    Guess guess_;
    std::size_t next_step_ = 0;
    std::vector<Pfn> blocks_;  // by number of the allocation: what the model gave
    std::vector<Order> orders_ = std::vector<Order>(blocks_.size());
    Trace nobody_;
    ModuleReport report_;
};

bool Run::go(u32 most_wrong, u32 budget) {
    for (; budget != 0 && next_step_ < capture_.steps.size(); --budget) {
        const ModuleStep& step = capture_.steps[next_step_];
        if (step.kind == ModuleStep::Kind::alloc)
            alloc(step);
        else if (step.kind == ModuleStep::Kind::free)
            free(step);
        else if (next_step_ != 0)
            compare_dump(capture_.dumps[step.number]);
        ++next_step_;
        if (step.states != 0) compare_states(capture_.after(step), step.line);
        if (report_.wrong() > most_wrong) return false;
    }
    return next_step_ < capture_.steps.size();
}

void Run::alloc(const ModuleStep& step) {
    ++report_.calls;
    const Gfp mask = masks_[static_cast<u32>(&step - capture_.steps.data())];
    const Pfn pfn = memory_.alloc_pages(mask, step.order, step.number + 1, guess_.cpu, nobody_);
    if (step.number >= blocks_.size()) return;
    blocks_[step.number] = pfn;
    orders_[step.number] = step.order;
    const bool has_type = pfn == kNoPfn || static_cast<u8>(memory_.frames().pageblock_type(pfn)) == step.type;
    if (pfn == step.pfn && has_type) {
        ++report_.calls_agreed;
        return;
    }
    differ(step.line, {Message("conform.call")
                           .text("number", std::to_string(step.number))
                           .text("gfp", step.gfp)
                           .number("order", step.order.value)
                           .text("kernel", frame_text(step.pfn))
                           .text("model", frame_text(pfn))});
}

void Run::free(const ModuleStep& step) {
    ++report_.calls;
    const Pfn pfn = step.number < blocks_.size() ? blocks_[step.number] : kNoPfn;
    if (pfn != kNoPfn) memory_.free_pages(pfn, orders_[step.number], guess_.cpu, nobody_);
    if (pfn == step.pfn) ++report_.calls_agreed;
}

bool Run::agrees(const ZoneState& state, const PageAllocator& memory) const {
    const Zone& zone = memory.zones()[state.zone];
    const PerCpuPages& pages = memory.pcp(state.zone, guess_.cpu);
    for (u8 order = 0; order < kNrPageOrders; ++order)
        if (zone.area.nr_free({order}) != state.nr_free[order]) return false;
    const u32 high = state.free_factor ? zone.pcp_high : pages.high;
    if (pages.count != state.pcp_count || high != state.pcp_high || zone.pcp_batch != state.pcp_batch) return false;
    if (state.free_factor && *state.free_factor != pages.free_factor) return false;
    if (state.free_count && *state.free_count != pages.free_count) return false;
    return !state.alloc_factor || *state.alloc_factor == pages.alloc_factor;
}

// What another CPU did to the zone since the last call: a fold moves NR_FREE_PAGES alone, a decay drains its list.
bool Run::carry_over(const ZoneState& state) {
    if (memory_.cpus() == 1) return false;
    bool explained = agrees(state, memory_);
    for (u32 cpu = 0; cpu < memory_.cpus() && !explained; ++cpu) {
        if (cpu == guess_.cpu || memory_.profile().pcp_tuning != Profile::PcpTuning::adaptive) continue;
        PageAllocator decayed = memory_;
        decayed.pcp_lists(state.zone, cpu, nobody_).decay();
        explained = agrees(state, decayed);
        if (explained) memory_ = std::move(decayed);
    }
    Zone& zone = memory_.zones()[state.zone];
    const i64 gap = i64{state.free_pages} - zone.nr_free_pages;
    if (!explained || gap > 2 * i64{zone.stat_threshold} || gap < -2 * i64{zone.stat_threshold}) return false;
    zone.nr_free_pages = state.free_pages;
    return true;
}

void Run::compare_states(std::span<const ZoneState> states, u32 line) {
    ++report_.states;
    bool all = true;
    for (const ZoneState& state : states) {
        if (agrees(state, memory_) && memory_.zones()[state.zone].nr_free_pages == state.free_pages) continue;
        if (carry_over(state)) {
            ++report_.from_outside;
            continue;
        }
        all = false;
        differ(line, describe_state(state));
    }
    report_.states_agreed += all;
}

std::vector<Message> Run::describe_state(const ZoneState& state) const {
    const Zone& zone = memory_.zones()[state.zone];
    const PerCpuPages& pages = memory_.pcp(state.zone, guess_.cpu);
    std::string kernel, model;
    for (u8 order = 0; order < kNrPageOrders; ++order) {
        kernel += (order == 0 ? "" : ",") + std::to_string(state.nr_free[order]);
        model += (order == 0 ? "" : ",") + std::to_string(zone.area.nr_free({order}));
    }
    const auto line = [&](const char* key, u64 free, const std::string& nr, u32 count, u32 high, u32 free_factor,
                          u32 free_count, u32 alloc_factor) {
        return Message(key)
            .text("zone", zone.name())
            .text("free", std::to_string(free))
            .text("nr", nr)
            .text("pcp", std::to_string(count))
            .text("high", std::to_string(high))
            .text("factors",
                  std::to_string(free_factor) + "/" + std::to_string(free_count) + "/" + std::to_string(alloc_factor));
    };
    return {
        Message("conform.state"),
        line("conform.state_kernel", state.free_pages, kernel, state.pcp_count, state.pcp_high,
             state.free_factor.value_or(0), state.free_count.value_or(0), state.alloc_factor.value_or(0)),
        line("conform.state_model", zone.nr_free_pages, model, pages.count,
             state.free_factor ? zone.pcp_high : pages.high, pages.free_factor, pages.free_count, pages.alloc_factor)};
}

void Run::compare_dump(const KernelDump& dump) {
    ++report_.dumps;
    std::vector<Message> sentences = compare_with_dump(memory_, dump);
    if (sentences.empty())
        ++report_.dumps_agreed;
    else
        differ(dump.line, std::move(sentences));
}

u64 score(const ModuleReport& report) { return u64{report.wrong()} << 32 | report.from_outside; }

std::span<const ZoneState> first_states(const ModuleCapture& capture) {
    if (!capture.dumps[0].states.empty()) return capture.dumps[0].states;
    for (const ModuleStep& step : capture.steps)
        if (step.states != 0) return capture.after(step);
    return {};
}

// high_min and high_max never change, so that any state tells them.
void set_pcp_range(const ModuleCapture& capture, PageAllocator* memory) {
    for (const ZoneState& state : first_states(capture)) {
        Zone& zone = memory->zones()[state.zone];
        if (state.high_min) zone.pcp_high = *state.high_min;
        if (state.high_max) zone.pcp_high_max = *state.high_max;
    }
}

}  // namespace

// The guess with the fewest differences, CPU by CPU. Guesses wait in a list, which is filled again when it is empty:
// with the first guess; then, zone by zone, with the values that one hidden number may have where all others are as in
// the best guess so far; then from the first zone again, as long as such a round made it better.
class ModuleReplay::Search {
public:
    Search(const ModuleCapture& capture, std::vector<Gfp> masks, PageAllocator start)
        : capture_(capture),
          masks_(std::move(masks)),
          start_(std::move(start)),
          printing_(capture.dumps[0].printing_cpu()) {
        next_cpu();
    }

    bool run(u32 budget);
    const ModuleReport& best() const { return best_; }

private:
    static constexpr u32 kHiddenNumbers = 5;

    Guess first_guess() const;
    bool next_cpu();
    bool fill();
    void add_guesses(u32 zone, u32 hidden_number);
    void judge(const Run& run);
    bool is_known_before() const { return !capture_.dumps[0].states.empty(); }

    const ModuleCapture& capture_;
    const std::vector<Gfp> masks_;
    const PageAllocator start_;
    const std::optional<u32> printing_;
    u32 cpus_tried_ = 0;
    std::deque<Guess> guesses_;  // the first is being tried
    std::optional<Run> run_;
    u32 zone_ = 0;           // whose numbers are varied
    u32 hidden_number_ = 0;  // the next one
    u64 before_ = 0;         // the score when this round began
    Guess guess_;            // the best one with this CPU
    ModuleReport report_;
    bool has_report_ = false;
    ModuleReport best_;  // with any CPU
    bool has_best_ = false;
};

// Begins with the next CPU that may have made the calls.
bool ModuleReplay::Search::next_cpu() {
    while (cpus_tried_ < start_.cpus() && printing_ && *printing_ != cpus_tried_) ++cpus_tried_;
    if (cpus_tried_ == start_.cpus()) return false;
    guesses_ = {first_guess()};
    ++cpus_tried_;
    zone_ = static_cast<u32>(start_.zones().size());
    before_ = ~u64{0};
    has_report_ = false;
    return true;
}

// As the first printed state has it.
Guess ModuleReplay::Search::first_guess() const {
    Guess guess{cpus_tried_, std::vector<Hidden>(start_.zones().size())};
    for (const ZoneState& state : first_states(capture_)) {
        Hidden& hidden = guess.zones[state.zone];
        hidden.free_diff = static_cast<i32>(start_.zones()[state.zone].free_pages - state.free_pages);
        hidden.free_factor = state.free_factor.value_or(0);
        hidden.free_count = state.free_count.value_or(0);
        hidden.alloc_factor = state.alloc_factor.value_or(0);
    }
    return guess;
}

bool ModuleReplay::Search::run(u32 budget) {
    if (guesses_.empty()) return false;
    if (!run_) run_.emplace(capture_, masks_, start_, guesses_.front());
    if (run_->go(has_report_ ? report_.wrong() : kEndless, budget)) return true;
    judge(*run_);
    run_.reset();
    guesses_.pop_front();
    const bool is_perfect = score(report_) == 0;
    if (!is_perfect && (!guesses_.empty() || fill())) return true;
    if (!has_best_ || score(report_) < score(best_)) best_ = report_;
    has_best_ = true;
    guesses_.clear();
    return !is_perfect && next_cpu();
}

void ModuleReplay::Search::judge(const Run& run) {
    if (has_report_ && score(run.report()) >= score(report_)) return;
    report_ = run.report();
    guess_ = run.guess();
    has_report_ = true;
}

// False if a whole round has made nothing better.
bool ModuleReplay::Search::fill() {
    while (guesses_.empty()) {
        if (zone_ == start_.zones().size()) {
            if (score(report_) >= before_) return false;
            before_ = score(report_);
            zone_ = 0;
        }
        add_guesses(zone_, hidden_number_);
        if (++hidden_number_ == kHiddenNumbers) hidden_number_ = 0, ++zone_;
    }
    return true;
}

void ModuleReplay::Search::add_guesses(u32 zone, u32 hidden_number) {
    const auto vary = [&](auto Hidden::*field, i64 least, i64 most) {
        for (i64 value = least; value <= most; ++value) {
            Guess guess = guess_;
            guess.zones[zone].*field = static_cast<std::remove_reference_t<decltype(guess.zones[zone].*field)>>(value);
            guesses_.push_back(std::move(guess));
        }
    };
    if (hidden_number == 0) return vary(&Hidden::was_high_order, 0, 1);
    const i64 threshold = start_.zones()[zone].stat_threshold;
    if (hidden_number == 4 && (!is_known_before() || start_.cpus() > 1))
        return vary(&Hidden::free_diff, -threshold, threshold);
    if (is_known_before()) return;
    const i64 count = guess_.zones[zone].free_count;
    if (hidden_number == 1) vary(&Hidden::free_factor, 0, 5);
    if (hidden_number == 2) vary(&Hidden::alloc_factor, 0, 5);
    if (hidden_number == 3) vary(&Hidden::free_count, 2 * count, 2 * count + 1);
}

ModuleReplay::ModuleReplay(std::unique_ptr<Search> search) : search_(std::move(search)) {}
ModuleReplay::ModuleReplay(ModuleReplay&&) noexcept = default;
ModuleReplay& ModuleReplay::operator=(ModuleReplay&&) noexcept = default;
ModuleReplay::~ModuleReplay() = default;

bool ModuleReplay::run(u32 budget) { return search_->run(budget); }
const ModuleReport& ModuleReplay::report() const { return search_->best(); }

Result<ModuleReplay> ModuleReplay::begin(const ModuleCapture& capture, Arch arch, const Profile& profile, u32 cpus) {
    std::vector<Gfp> masks(capture.steps.size());
    for (std::size_t at = 0; at < capture.steps.size(); ++at) {
        const ModuleStep& step = capture.steps[at];
        if (step.kind != ModuleStep::Kind::alloc) continue;
        const auto mask = read_mask(step.gfp, profile);
        if (!mask || gfp_fault(*mask) != GfpFault::none)
            return Diagnostic{step.line, 1, 0, Message("conform.unknown_gfp").text("gfp", step.gfp)};
        masks[at] = *mask;
    }
    auto start = load_dump(capture.dumps[0], arch, profile, cpus);
    if (!start) return Diagnostic{capture.dumps[0].line, 1, 0, start.error()};
    set_pcp_range(capture, &*start);
    return ModuleReplay(std::make_unique<Search>(capture, std::move(masks), std::move(*start)));
}

Result<ModuleReport> conform_module(const ModuleCapture& capture, Arch arch, const Profile& profile, u32 cpus) {
    auto replay = ModuleReplay::begin(capture, arch, profile, cpus);
    if (!replay) return replay.error();
    while (replay->run(kEndless)) {
    }
    return replay->report();
}

}  // namespace mmscope
