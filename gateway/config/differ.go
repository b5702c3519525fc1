package config

import (
	"reflect"
	"strings"
)

// Differ names the keys, two levels deep, whose values differ; a list counts as
// one.
func Differ(a, b Config) []string {
	var keys []string
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		section := key(x.Type().Field(i))
		if x.Field(i).Kind() == reflect.Slice {
			if !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
				keys = append(keys, section)
			}
			continue
		}
		for j := range x.Field(i).NumField() {
			if !reflect.DeepEqual(x.Field(i).Field(j).Interface(), y.Field(i).Field(j).Interface()) {
				keys = append(keys, section+"."+key(x.Field(i).Type().Field(j)))
			}
		}
	}
	return keys
}

// key is the name of a field in the file; of an inlined one its own.
func key(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "" {
		return f.Name
	}
	return name
}
