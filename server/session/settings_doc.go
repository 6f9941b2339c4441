package session

//go:generate go run ./gen

// What a setting does, as the page of settings is divided.
const (
	HasEffect = "Settings with an effect"
	IsFixed   = "Settings that only tell"
	NoEffect  = "Settings without an effect"
)

// SettingInfo is a setting as its page has it.
type SettingInfo struct{ Name, Default, Effect, Doc string }

// Settings lists all settings for documentation.
func Settings() []SettingInfo {
	all := make([]SettingInfo, len(settings))
	for i := range settings {
		s := &settings[i]
		all[i] = SettingInfo{Name: s.name, Default: s.value, Effect: HasEffect, Doc: s.doc}
		switch {
		case s.check == nil:
			all[i].Effect = IsFixed
		case s.how == none:
			all[i].Effect = NoEffect
		}
	}
	return all
}
