"""Looking before downloading: small pictures and spectra of images, as proprietary as the images themselves."""
