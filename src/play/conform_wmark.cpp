#include "play/conform_wmark.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "play/capture_marks.h"
#include "play/capture_shape.h"
#include "play/sysctl.h"
#include "play/vocabulary.h"

namespace mmscope {

namespace {

using Entry = ZoneInfo::Entry;

// Cuts the text before the first `separator` off `rest`; all of it if there is none.
std::string_view cut(std::string_view* rest, char separator) {
    const std::size_t at = std::min(rest->find(separator), rest->size());
    const std::string_view first = rest->substr(0, at);
    rest->remove_prefix(std::min(at + 1, rest->size()));
    return first;
}

std::optional<LowmemReserveRatio> read_ratio(std::string_view text) {
    const auto ratio = read_lowmem_reserve_ratio(text, Arch::x86_64);
    return ratio ? ratio : read_lowmem_reserve_ratio(text, Arch::x86_32);
}

// "min_free_kbytes=2704". Sysctls that the model does not have are passed over.
bool read_assignment(std::string_view text, VmSysctl* sysctl) {
    if (text.find('=') == std::string_view::npos) return false;
    const u32 found = find_name(cut(&text, '='), kSysctlNames, kSysctlCount);
    if (found == kSysctlCount) return true;
    const SysctlName name = static_cast<SysctlName>(found);
    if (name == SysctlName::lowmem_reserve_ratio) {
        const auto ratio = read_ratio(text);
        if (ratio) sysctl->lowmem_reserve_ratio = *ratio;
        return ratio.has_value();
    }
    i64 number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !check_sysctl(name, number).is_empty())
        return false;
    sysctl->*sysctl_number(name) = static_cast<u32>(number);
    return true;
}

// One machine of the model, taken through the settings.
class WmarkReplay {
public:
    // The capture's machine, with the sizes that the rules give it.
    static Result<WmarkReplay, Message> of(const ZoneInfo& booted);

    // What the machine had when the capture began.
    void adopt(const ZoneInfo& booted, const VmSysctl& sysctl);
    void write(const VmSysctl& sysctl);
    bool is_same_machine(const ZoneInfo& zoneinfo) const;
    void compare_boot(const ZoneInfo& zoneinfo, const std::string& setting, WmarkReport* report) const;
    void compare(const ZoneInfo& zoneinfo, const std::string& setting, WmarkReport* report) const;

private:
    Arch arch_ = Arch::x86_64;
    const Profile* profile_ = nullptr;
    u32 cpus_ = 1;
    std::vector<Zone> zones_;
    VmSysctl sysctl_;
};

Result<WmarkReplay, Message> WmarkReplay::of(const ZoneInfo& booted) {
    const auto shape = capture_shape(booted, nullptr);
    if (!shape) return shape.error();
    WmarkReplay replay;
    replay.profile_ = profile_for(shape->kernel).profile;
    if (replay.profile_ == nullptr)
        return Message("conform.unknown_kernel").text("kernel", shape->kernel).text("known", profile_names());
    replay.arch_ = shape->arch;
    replay.cpus_ = shape->cpus;
    const std::vector<ZoneLayout> layout = capture_layout(booted, shape->arch);
    for (u32 at = 0; at < layout.size(); ++at) {
        Zone zone;
        zone.type = layout[at].type;
        zone.index = layout[at].index;
        zone.node = layout[at].node;
        zone.position = static_cast<u8>(at);
        zone.present = static_cast<u32>(booted.zones[at].present);
        zone.managed = static_cast<u32>(booted.zones[at].managed);
        replay.zones_.push_back(zone);
    }
    setup_per_cpu(replay.zones_, *replay.profile_, replay.cpus_);
    return replay;
}

void WmarkReplay::adopt(const ZoneInfo& booted, const VmSysctl& sysctl) {
    sysctl_ = sysctl;
    for (u32 at = 0; at < zones_.size(); ++at) {
        set_zone_marks(booted.zones[at], &zones_[at]);
        Zone as_read = zones_[at];
        set_pcp(booted.zones[at], &as_read);
        zones_[at].pcp_high = as_read.pcp_high;
        zones_[at].pcp_high_max = as_read.pcp_high_max;
    }
}

void WmarkReplay::write(const VmSysctl& sysctl) {
    const bool is_again = sysctl == sysctl_;
    for (u32 at = 0; at < kSysctlCount; ++at) {
        const SysctlName name = static_cast<SysctlName>(at);
        VmSysctl after = sysctl_;
        if (u32 VmSysctl::* const number = sysctl_number(name)) after.*number = sysctl.*number;
        else after.lowmem_reserve_ratio = sysctl.lowmem_reserve_ratio;
        if (is_again || after != sysctl_) recompute_after(name, zones_, arch_, *profile_, cpus_, sysctl_, after);
        sysctl_ = after;
    }
}

bool WmarkReplay::is_same_machine(const ZoneInfo& zoneinfo) const {
    if (zoneinfo.zones.size() != zones_.size()) return false;
    for (u32 at = 0; at < zones_.size(); ++at) {
        const Entry& entry = zoneinfo.zones[at];
        const Zone& zone = zones_[at];
        if (entry.node != zone.node || entry.zone != zone.name() || entry.managed != zone.managed) return false;
        if (entry.protection.size() != zone_types(arch_).size()) return false;
    }
    return true;
}

// Counts the values of one zone after one setting.
class Tally {
public:
    Tally(const Entry& entry, const std::string& setting, WmarkReport* report)
        : entry_(entry), setting_(setting), report_(report) {}

    void add(std::string value, u64 kernel, u64 model) {
        ++report_->values;
        if (kernel == model) ++report_->equal;
        else report_->differences.push_back({setting_, entry_.node, entry_.zone, std::move(value), kernel, model});
    }

private:
    const Entry& entry_;
    const std::string& setting_;
    WmarkReport* report_;
};

std::string of_cpu(const ZoneInfo::PageSet& set, const char* value) {
    return "cpu " + std::to_string(set.cpu) + " " + value;
}

void WmarkReplay::compare_boot(const ZoneInfo& zoneinfo, const std::string& setting, WmarkReport* report) const {
    for (u32 at = 0; at < zones_.size(); ++at) {
        Tally tally(zoneinfo.zones[at], setting, report);
        for (const ZoneInfo::PageSet& set : zoneinfo.zones[at].pagesets) {
            tally.add(of_cpu(set, "batch"), set.batch, zones_[at].pcp_batch);
            if (set.stat_threshold)
                tally.add(of_cpu(set, "stat threshold"), *set.stat_threshold, zones_[at].stat_threshold);
        }
    }
}

void WmarkReplay::compare(const ZoneInfo& zoneinfo, const std::string& setting, WmarkReport* report) const {
    compare_boot(zoneinfo, setting, report);
    for (u32 at = 0; at < zones_.size(); ++at) {
        const Zone& zone = zones_[at];
        const Entry& entry = zoneinfo.zones[at];
        const u64 boost = entry.boost.value_or(0);
        Tally tally(entry, setting, report);
        tally.add("min", entry.min, zone.watermark[0] + boost);
        tally.add("low", entry.low, zone.watermark[1] + boost);
        tally.add("high", entry.high, zone.watermark[2] + boost);
        if (entry.promo) tally.add("promo", *entry.promo, zone.watermark[3] + boost);
        for (u32 index = 0; index < entry.protection.size(); ++index)
            tally.add("protection[" + std::to_string(index) + "]", entry.protection[index], zone.lowmem_reserve[index]);
        for (const ZoneInfo::PageSet& set : entry.pagesets) {
            if (!profile_->has_pcp_high_range) tally.add(of_cpu(set, "high"), set.high, zone.pcp_high);
            if (set.high_min) tally.add(of_cpu(set, "high_min"), *set.high_min, zone.pcp_high);
            if (set.high_max) tally.add(of_cpu(set, "high_max"), *set.high_max, zone.pcp_high_max);
        }
    }
}

}  // namespace

Result<std::vector<WmarkSetting>> parse_wmark_index(std::string_view text) {
    std::vector<WmarkSetting> settings;
    for (u32 line = 1; !text.empty(); ++line) {
        std::string_view rest = cut(&text, '\n');
        const char* const line_start = rest.data();
        if (rest.ends_with('\r')) rest.remove_suffix(1);
        if (rest.empty()) continue;
        WmarkSetting setting;
        setting.name = cut(&rest, '\t');
        while (!rest.empty()) {
            const std::string_view word = cut(&rest, '\t');
            if (read_assignment(word, &setting.sysctl)) continue;
            const u32 column = static_cast<u32>(word.data() - line_start) + 1;
            return Diagnostic{line, column, static_cast<u32>(word.size()),
                              Message("conform.wmark_index").text("found", word)};
        }
        settings.push_back(std::move(setting));
    }
    if (settings.empty()) return Diagnostic{1, 1, 0, Message("conform.wmark_empty")};
    return settings;
}

Result<WmarkReport, WmarkFault> conform_wmark(const std::vector<WmarkSetting>& settings, std::string_view only) {
    const WmarkSetting& first = settings.front();
    const auto booted = parse_zoneinfo(first.zoneinfo);
    if (!booted) return WmarkFault{first.name, booted.error()};
    auto replay = WmarkReplay::of(*booted);
    if (!replay) return WmarkFault{first.name, {0, 0, 0, replay.error()}};
    WmarkReport report;
    if (only.empty() || only == first.name) replay->compare_boot(*booted, first.name, &report);
    replay->adopt(*booted, first.sysctl);
    for (std::size_t at = 1; at < settings.size(); ++at) {
        const WmarkSetting& setting = settings[at];
        replay->write(setting.sysctl);
        if (setting.zoneinfo.empty() || (!only.empty() && only != setting.name)) continue;
        const auto zoneinfo = parse_zoneinfo(setting.zoneinfo);
        if (!zoneinfo) return WmarkFault{setting.name, zoneinfo.error()};
        if (!replay->is_same_machine(*zoneinfo))
            return WmarkFault{setting.name,
                              {0, 0, 0, Message("conform.wmark_other_machine").text("first", first.name)}};
        replay->compare(*zoneinfo, setting.name, &report);
    }
    return report;
}

}  // namespace mmscope
