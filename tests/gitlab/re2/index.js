module.exports = RegExp
