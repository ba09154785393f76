package factor

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	views "frontdesk/views/factor"
)

// picture draws a QR code as one path: an image would have to be fetched, and the
// security policy allows no other way that a page could bring it along.
func picture(text string) (views.Picture, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return views.Picture{}, fmt.Errorf("draw a QR code: %w", err)
	}
	size := code.Bounds().Dx()
	path := &strings.Builder{}
	for y := range size {
		for x := range size {
			if isDark(code, x, y) {
				fmt.Fprintf(path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return views.Picture{Size: size, Path: path.String()}, nil
}

func isDark(code barcode.Barcode, x, y int) bool {
	return color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 0x80
}
